export { KafkaAdmin } from './kafka-admin.ts'
