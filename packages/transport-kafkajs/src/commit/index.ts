export { KafkaCommitter, type KafkaCommitterOptions, type TransactionProtocol } from './kafka-committer.ts'
