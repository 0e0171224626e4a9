export type {
  CommittedOffset,
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  GroupOptions,
} from './group.ts'
export type { Headers, Isolation, LogRecord, OutBatch, OutRecord, TopicPartition, TopicPartitionOffset } from './log.ts'
export {
  type Admin,
  type CommitRequest,
  type Committer,
  type CommitterOptions,
  contractVersion,
  type Outcome,
  type Produced,
  type Producer,
  type ProducerOptions,
  type Reader,
  type ReaderOptions,
  type RefusedRecord,
  type TopicDescription,
  type TopicSpec,
  type Transport,
  type TransportContext,
  type TransportSupports,
} from './transport.ts'
