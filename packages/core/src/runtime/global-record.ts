import { describeThrown, type ErrorPlace, StreamError } from '../errors/index.ts'
import { Entry, type RowId, rowIdOfBytes } from '../state/index.ts'
import type { Store } from '../store/index.ts'
import type { GlobalTableDeclaration } from '../topology/index.ts'
import type { LogRecord } from '../transport/index.ts'

/** Makes the row that a record of a global table's topic stands for. */
export class GlobalRecords {
  readonly #table: GlobalTableDeclaration
  readonly #store: Store

  constructor(table: GlobalTableDeclaration, store: Store) {
    this.#table = table
    this.#store = store
  }

  /**
   * Throws `STREAM_KEY_INVALID`, `STREAM_DESERIALIZATION_FAILED` or `STREAM_RECORD_TOO_LARGE` for what cannot be one: a row that is missing on
   * one worker is found out by nobody, so none is passed over.
   */
  rowOf(record: LogRecord, partition: number): readonly [RowId, Entry] {
    const { key: keySerde } = this.#table.topic
    const { key, value, offset } = record
    if (key === null) {
      throw this.#problem('STREAM_KEY_INVALID', partition, offset, 'has no key, so it can be no row')
    }
    this.#checkSize(key, value, partition, offset)
    const decodedKey = this.#decode('key', key, partition, offset)
    const decoded = value === null ? undefined : this.#decode('value', value, partition, offset)
    const id = keySerde.primitiveIdentity === true ? (decodedKey as string | number) : rowIdOfBytes(key)
    return [id, new Entry(key, value, decoded, 0, offset, this.#table.name)]
  }

  #decode(side: 'key' | 'value', bytes: Uint8Array, partition: number, offset: number): unknown {
    const serde = this.#table.topic[side]
    try {
      return serde.deserialize(bytes)
    } catch (cause) {
      const problem = `has a ${side} that ${serde.name} cannot read: ${describeThrown(cause)}`
      throw this.#problem('STREAM_DESERIALIZATION_FAILED', partition, offset, problem, cause)
    }
  }

  #checkSize(key: Uint8Array, value: Uint8Array | null, partition: number, offset: number): void {
    const { name, maxKeyBytes = Number.POSITIVE_INFINITY, maxValueBytes = Number.POSITIVE_INFINITY } = this.#store
    const valueBytes = value?.length ?? 0
    if (key.length <= maxKeyBytes && valueBytes <= maxValueBytes) return
    const problem = `has a key of ${key.length} and a value of ${valueBytes} bytes, and the store ${name} takes ${maxKeyBytes} and ${maxValueBytes}`
    throw this.#problem('STREAM_RECORD_TOO_LARGE', partition, offset, problem)
  }

  #problem(
    code: 'STREAM_KEY_INVALID' | 'STREAM_DESERIALIZATION_FAILED' | 'STREAM_RECORD_TOO_LARGE',
    partition: number,
    offset: number,
    problem: string,
    cause?: unknown,
  ): StreamError {
    const { name, topic } = this.#table
    const place: ErrorPlace = { table: name, topic: topic.name, partition, offset }
    const remedy =
      code === 'STREAM_RECORD_TOO_LARGE'
        ? 'give the global table another store'
        : 'declare the topic with the serdes its producers write with, or remove the record from the topic'
    return new StreamError({
      code,
      message: `The record at ${topic.name}-${partition}, offset ${offset}, of the global table "${name}" ${problem}; ${remedy}`,
      ...(cause === undefined ? {} : { cause }),
      place,
    })
  }
}
