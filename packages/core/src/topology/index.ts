export { buildTopology } from './build-topology.ts'
export { type Channel, declareChannel } from './channel.ts'
export type { ConsumerDeclaration, ErrorPolicy, Processor, TaskContext } from './consumer.ts'
export { type DeclarationProblem, declarationError } from './declaration-problem.ts'
export type {
  ChannelDeclaration,
  GlobalTableDeclaration,
  TableDeclaration,
  TopicDeclaration,
  TopicRole,
} from './declarations.ts'
export { type AppDeclarations, deadLetterTopicOf } from './declarations-of-app.ts'
export {
  type DescribedConsumer,
  type DescribedSubTopology,
  type DescribedTopic,
  describeTopology,
  type TopologyDescription,
} from './describe.ts'
export { type DescriptionFormat, describeIn } from './describe-in.ts'
export { describeAsMermaid } from './describe-mermaid.ts'
export { describeAsText } from './describe-text.ts'
export type { Event, Message } from './event.ts'
export { changelogTopic, deadLetterTopic, type RepartitionOptions, repartitionTopic } from './internal-topics.ts'
export { type PreparedTopics, prepareTopics, type TopicSettings } from './prepare-topics.ts'
export { type PartitionSettings, type ResolvedPartitions, resolvePartitions } from './resolve-partitions.ts'
export { type RowExpiry, type RowSweeper, streamTimeKey } from './row-expiry.ts'
export type { ScopedEvent } from './scoped-event.ts'
export type { ReadableRows, RowPages, RowTime, ScopedTable } from './scoped-table.ts'
export { topologySummary } from './summarize.ts'
export { declareTopic, type Topic, type TopicOptions } from './topic.ts'
export { topicNameProblem } from './topic-name.ts'
export type { SubTopology, Topology } from './topology.ts'
