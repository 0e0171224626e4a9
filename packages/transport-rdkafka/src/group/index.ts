export { type Member, Members } from './members.ts'
export { type ConsumerCallbacks, RdkafkaGroupConsumer } from './rdkafka-group-consumer.ts'
