export { type Chunk, Lane } from './lane.ts'
export { RdkafkaProducer } from './rdkafka-producer.ts'
export { isClearing, type PartitionFailure, partitionKey, Rounds } from './round.ts'
export { TopicLimits } from './topic-limits.ts'
