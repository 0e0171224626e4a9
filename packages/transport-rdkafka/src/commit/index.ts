export { RdkafkaCommitter } from './rdkafka-committer.ts'
