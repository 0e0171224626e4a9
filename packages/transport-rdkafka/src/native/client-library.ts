import type { EventEmitter } from 'node:events'

/** Properties of librdkafka by name, as node-rdkafka takes them. */
export type Properties = Readonly<Record<string, string | number | boolean>>

/** What node-rdkafka hands to callbacks in place of an error; flags only from transactional calls. */
export interface ClientFailure {
  readonly message: string
  readonly code: number
  readonly isFatal?: boolean
  readonly isRetriable?: boolean
  readonly isTxnRequiresAbort?: boolean
}

/** Answers once: with a failure, or with the result. */
export type Done<T = unknown> = (failure?: ClientFailure | null, result?: T) => void

/** What brokers say about topics. */
export interface ClusterMetadata {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly id: number; readonly leader: number }[]
  }[]
}

/** A partition in lists that cross the border; offsets below 0 are logical. */
export interface NativePosition {
  readonly topic: string
  readonly partition: number
  readonly offset?: number
  readonly error?: unknown
}

/** A record as librdkafka read it. Its buffers are copies of their own. */
export interface NativeMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly Readonly<Record<string, Buffer>>[]
}

/** A header on its way out: one property. */
export type NativeHeader = Readonly<Record<string, string>>

/** What producers and consumers have in common. */
export interface NativeHandle extends EventEmitter {
  connect(options: { readonly allTopics: boolean; readonly timeout: number }, done: Done<ClusterMetadata>): unknown
  getMetadata(options: { readonly allTopics: boolean; readonly timeout: number }, done: Done<ClusterMetadata>): unknown
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    done: Done<{ readonly lowOffset: number; readonly highOffset: number }>,
  ): unknown
}

/** `KafkaConsumer` of node-rdkafka, as far as it is used. */
export interface NativeConsumer extends NativeHandle {
  disconnect(done: Done): unknown
  subscribe(topics: readonly string[]): unknown
  unsubscribe(): unknown
  setDefaultConsumeTimeout(timeoutMs: number): void
  consume(count: number, done: Done<readonly NativeMessage[]>): void
  /** `COOPERATIVE`, `EAGER`, or `NONE` before joining and while it is let go of. */
  rebalanceProtocol(): string
  assign(positions: readonly NativePosition[]): unknown
  unassign(): unknown
  incrementalAssign(positions: readonly NativePosition[]): unknown
  incrementalUnassign(positions: readonly NativePosition[]): unknown
  seek(position: NativePosition, timeoutMs: number, done: Done): unknown
  pause(partitions: readonly NativePosition[]): unknown
  resume(partitions: readonly NativePosition[]): unknown
  committed(partitions: readonly NativePosition[], timeoutMs: number, done: Done<readonly NativePosition[]>): unknown
  commit(positions: readonly NativePosition[]): unknown
  getWatermarkOffsets(topic: string, partition: number): { readonly lowOffset: number; readonly highOffset: number }
}

/** `Producer` of node-rdkafka, as far as it is used. */
export interface NativeProducer extends NativeHandle {
  disconnect(timeoutMs: number, done: Done): unknown
  produce(
    topic: string,
    partition: number,
    value: Uint8Array | null,
    key: Uint8Array | null,
    timestamp: number,
    opaque: undefined,
    headers: readonly NativeHeader[] | undefined,
  ): unknown
  poll(): unknown
  flush(timeoutMs: number, done: Done): unknown
  initTransactions(timeoutMs: number, done: Done): unknown
  beginTransaction(done: Done): unknown
  sendOffsetsToTransaction(
    offsets: readonly NativePosition[],
    consumer: NativeConsumer,
    timeoutMs: number,
    done: Done,
  ): unknown
  commitTransaction(timeoutMs: number, done: Done): unknown
  abortTransaction(timeoutMs: number, done: Done): unknown
}

/** `AdminClient` of node-rdkafka, as far as it is used. */
export interface NativeAdmin {
  createTopic(
    topic: {
      readonly topic: string
      readonly num_partitions: number
      readonly replication_factor: number
      readonly config: Readonly<Record<string, string>>
    },
    timeoutMs: number,
    done: Done,
  ): void
  disconnect(): void
}

/** Callbacks stand among the properties of a consumer. */
export type ConsumerProperties = Readonly<Record<string, string | number | boolean | ((...args: never[]) => void)>>

/** The part of node-rdkafka that is used. */
export interface ClientLibrary {
  readonly KafkaConsumer: new (properties: ConsumerProperties, topicProperties: Properties) => NativeConsumer
  readonly Producer: new (properties: Properties, topicProperties: Properties) => NativeProducer
  readonly AdminClient: { create(properties: Properties): NativeAdmin }
  readonly CODES: { readonly ERRORS: Readonly<Record<string, number>> }
  readonly features: readonly string[]
  readonly librdkafkaVersion: string
  /** librdkafka's own text for a code. */
  readonly textOf: (code: number) => string
}
