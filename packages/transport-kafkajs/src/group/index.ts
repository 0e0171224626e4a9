export { type GroupConsumerOptions, KafkaGroupConsumer } from './kafka-group-consumer.ts'
export type { Membership } from './membership.ts'
export { Memberships } from './memberships.ts'
