import type { Headers } from '@stream/core'
import type { Isolation, LogRecord } from '@stream/core/adapter'
import type { MemoryLog } from '@stream/transport-memory'
import type { DrivenTopic } from './driven-topic.ts'

/** A record of a topic, decoded. */
export interface OutputRecord<K, V> {
  readonly key: K | null
  /** null is a tombstone. */
  readonly value: V | null
  readonly headers: Headers
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
}

/** How a topic is read. */
export interface OutputOptions {
  /** `read_uncommitted` also shows what transactions that are open, or were aborted, have written. @default 'read_committed' */
  readonly isolation?: Isolation
}

/**
 * Reads a topic from its beginning, and remembers how far. Within a partition records come in the order of the log; between partitions
 * the oldest timestamp goes first, then the lowest partition.
 */
export class TestOutput<K, V> {
  readonly topic: string
  readonly #topic: DrivenTopic<K, V>
  readonly #log: MemoryLog
  readonly #partitions: () => number
  readonly #isolation: Isolation
  readonly #positions: Map<number, number> = new Map()
  #waiting: LogRecord[][] = []

  /** Outputs are made by `driver.output()`. */
  constructor(topic: DrivenTopic<K, V>, log: MemoryLog, partitions: () => number, options: OutputOptions) {
    this.topic = topic.name
    this.#topic = topic
    this.#log = log
    this.#partitions = partitions
    this.#isolation = options.isolation ?? 'read_committed'
  }

  /** Whether there is nothing to read now. Throws `STREAM_TOPIC_MISSING`. */
  get isEmpty(): boolean {
    this.#fetch()
    return this.#waiting.every((records) => records.length === 0)
  }

  /** The next record, or undefined where there is none now. Throws `STREAM_TOPIC_MISSING`, and what the serdes throw. */
  read(): OutputRecord<K, V> | undefined {
    this.#fetch()
    return this.#next()
  }

  /** All that came since the last read. Throws as {@link TestOutput.read}. */
  readAll(): OutputRecord<K, V>[] {
    this.#fetch()
    const all: OutputRecord<K, V>[] = []
    for (let record = this.#next(); record !== undefined; record = this.#next()) all.push(record)
    return all
  }

  /** All that came since the last read, the last value of each key; tombstones remove theirs. Throws as {@link TestOutput.read}. */
  readToMap(): Map<K | null, V> {
    const map = new Map<K | null, V>()
    for (const { key, value } of this.readAll()) {
      if (value === null) map.delete(key)
      else map.set(key, value)
    }
    return map
  }

  #fetch(): void {
    const partitions = this.#partitions()
    for (let partition = 0; partition < partitions; partition += 1) {
      const from = this.#positions.get(partition) ?? 0
      const { stable, end } = this.#log.offsets(this.topic, partition)
      const visible = this.#isolation === 'read_committed' ? stable : end
      const waiting = (this.#waiting[partition] ??= [])
      if (visible <= from) continue
      this.#positions.set(partition, visible)
      // Newest first, so that the next one is at the end.
      const fresh = this.#log.records(this.topic, partition, this.#isolation).filter((record) => record.offset >= from)
      this.#waiting[partition] = [...fresh.reverse(), ...waiting]
    }
  }

  #next(): OutputRecord<K, V> | undefined {
    let chosen = -1
    let oldest = Number.POSITIVE_INFINITY
    for (const [partition, records] of this.#waiting.entries()) {
      const record = records.at(-1)
      if (record === undefined || record.timestamp >= oldest) continue
      chosen = partition
      oldest = record.timestamp
    }
    const record = this.#waiting[chosen]?.pop()
    return record === undefined ? undefined : this.#decode(record, chosen)
  }

  #decode({ key, value, headers, timestamp, offset }: LogRecord, partition: number): OutputRecord<K, V> {
    return {
      key: key === null ? null : this.#topic.key.deserialize(key),
      value: value === null ? null : this.#topic.value.deserialize(value),
      headers,
      timestamp,
      partition,
      offset,
    }
  }
}
