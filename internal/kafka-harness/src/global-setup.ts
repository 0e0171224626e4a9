import { kafkaAvailability } from './availability.ts'
import { sharedKafkaVariable } from './shared-kafka.ts'
import { startKafka } from './start-kafka.ts'

/**
 * Vitest's global setup: one broker for all files of a run, found by `sharedKafka()`. Where Kafka cannot be had, nothing is
 * started; the files that need it then fail or report, as they decide.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[sharedKafkaVariable] || !(await kafkaAvailability()).available) return undefined
  const broker = await startKafka()
  process.env[sharedKafkaVariable] = broker.brokers.join(',')
  return async () => {
    delete process.env[sharedKafkaVariable]
    await broker.close()
  }
}
