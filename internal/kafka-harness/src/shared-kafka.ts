import { externalCluster } from './external-cluster.ts'
import type { KafkaBroker } from './kafka-broker.ts'
import { startKafka } from './start-kafka.ts'

/** Environment variable by which the global setup tells the test files where the shared broker is. */
export const sharedKafkaVariable = 'STREAM_TEST_KAFKA'

/**
 * The broker that the global setup started for this test run, or one of this process's own where there is none. Files that
 * share it must use topic, group and transactional names of their own, and cannot kill or restart it. Call `close()` when
 * done: it ends only what this call started.
 */
export async function sharedKafka(): Promise<KafkaBroker> {
  const shared = process.env[sharedKafkaVariable]
  return shared ? externalCluster(shared, sharedKafkaVariable) : startKafka()
}
