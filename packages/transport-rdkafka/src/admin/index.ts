export { RdkafkaAdmin } from './rdkafka-admin.ts'
