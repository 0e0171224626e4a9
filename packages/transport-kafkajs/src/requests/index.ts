export { byTopic, readTopics, writeTopics } from './by-topic.ts'
export { type FetchedPartition, type FetchRequest, fetch } from './fetch.ts'
export { describeGroup, type GroupDescription } from './groups.ts'
export {
  heartbeat,
  type JoinAnswer,
  joinGroup,
  leaveGroup,
  type MemberIdentity,
  syncGroup,
} from './membership.ts'
export {
  type LogEdge,
  listOffsets,
  offsetCommit,
  offsetFetch,
  type PartitionError,
  type PartitionOffsetAnswer,
} from './offsets.ts'
export { type ProduceAnswer, type ProducePart, produce } from './produce.ts'
export { createTopics, deleteRecords, describeTopicConfigs, type TopicConfigs, type TopicError } from './topics.ts'
export {
  type ApiVersionsAnswer,
  apiVersions,
  type BrokerAddress,
  findCoordinator,
  type MetadataAnswer,
  metadata,
  type TopicMetadata,
} from './topology.ts'
export {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  type IdentityAnswer,
  initProducerId,
  type ProducerIdentity,
  type TransactionIdentity,
  txnOffsetCommit,
} from './transactions.ts'
