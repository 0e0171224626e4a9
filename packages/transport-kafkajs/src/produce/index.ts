export { KafkaProducer, type KafkaProducerOptions } from './kafka-producer.ts'
export type { Appended } from './partition-queue.ts'
export { ProduceEngine } from './produce-engine.ts'
