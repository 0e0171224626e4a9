/** node-rdkafka takes an empty view without memory behind it for null: a value would become a tombstone. This one has memory. */
const empty: Buffer = Buffer.alloc(1).subarray(0, 0)

/** A key or value as node-rdkafka takes it, null and empty kept apart. */
export function toNativeBytes(bytes: Uint8Array | null): Uint8Array | null {
  return bytes !== null && bytes.length === 0 ? empty : bytes
}

/** librdkafka takes 0 for "now"; the first millisecond of 1970 is written as the second one. */
export function toNativeTimestamp(timestamp: number): number {
  return timestamp === 0 ? 1 : timestamp
}
