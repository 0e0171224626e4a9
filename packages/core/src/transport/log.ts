/** Header pairs in their order in the log; a name may repeat; a value may be null or empty. */
export type Headers = readonly (readonly [name: string, value: Uint8Array | null])[]

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A position: the next offset to read, or to commit, of a partition. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number
}

/**
 * What the log holds. Offsets are safe integers, timestamps integer milliseconds. `null` and empty are different things, for keys,
 * values and header values. The bytes may alias the fetched batch: who keeps them longer copies them; nobody changes them.
 */
export interface LogRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** A record on its way out. The partition is chosen by core, never by the transport. */
export interface OutRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** @default [] */
  readonly headers?: Headers
  /** Integer milliseconds; stored as the record's create time. */
  readonly timestamp: number
}

/** Records for one partition, appended in this order. */
export interface OutBatch extends TopicPartition {
  readonly records: readonly OutRecord[]
}

/** `read_uncommitted` sees everything up to the log end; `read_committed` only up to the last stable offset, without aborted records. */
export type Isolation = 'read_uncommitted' | 'read_committed'
