export { type GroupConsumerOptions, KafkaGroupConsumer } from './kafka-group-consumer.ts'
