/**
 * Turns values into bytes and back. Both directions are synchronous and pure.
 *
 * `deserialize` may keep no reference to `bytes` unless it copies them (the buffer belongs to the fetched batch).
 * Either side throws on what it cannot do; core wraps that in `STREAM_SERIALIZATION_FAILED` or `STREAM_DESERIALIZATION_FAILED`
 * with the topic, partition and offset, and hands it to the error policy.
 * `null` never reaches a serde: a null key or value stays null (a tombstone).
 */
export interface Serde<T> {
  /** Shown in descriptions and compared between the sides of a join, for example `json` or `string`. */
  readonly name: string
  serialize(value: T): Uint8Array
  deserialize(bytes: Uint8Array): T
  /**
   * Where the decoded form is itself a `string` or `number` that is equal exactly when the bytes are equal, tables use it as
   * the key of their maps and save an encoding. @default false
   */
  readonly primitiveIdentity?: boolean
}

/** The value type of a serde. */
export type SerdeValue<S> = S extends Serde<infer T> ? T : never
