import type { Tables } from '../table/index.ts'
import type { ChannelDeclaration, ErrorPolicy, TopicDeclaration } from '../topology/index.ts'
import type { ConsumerSource } from './consumer-source.ts'
import type { Sink } from './sinks.ts'

/** What agents and handlers have in common. `R` is the type of the results that go to their sinks. */
export interface ConsumerOptions<K, V, T extends Tables, R> {
  readonly source: ConsumerSource<K, V>
  /** Tables it works with, each under the name by which its handle is passed. @default {} */
  readonly tables?: T
  /** Topics and channels it sends to with `event.send` and `event.forward`. @default [] */
  readonly outputs?: readonly (TopicDeclaration | ChannelDeclaration)[]
  /** Where its results go; need not be named among the outputs again. @default [] */
  readonly sinks?: readonly Sink<R>[]
  /** What a record meets that failed. @default stop() */
  readonly onError?: ErrorPolicy
}
