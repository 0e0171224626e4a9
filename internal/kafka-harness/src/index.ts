export { type KafkaAvailability, kafkaAvailability } from './availability.ts'
export type { KafkaBroker } from './kafka-broker.ts'
export { sharedKafka } from './shared-kafka.ts'
export { type StartKafkaOptions, startKafka } from './start-kafka.ts'
