import type { CommitRequest } from '@stream/core/adapter'
import { called, connect, loadClient } from '../src/native/index.ts'
import { toNativeBytes } from '../src/records/index.ts'

/**
 * Fills a transaction and goes away without ending it, as a process does that dies in the middle. The offsets go in by a consumer that
 * never joined, which brokers take without asking for a member.
 */
export async function leaveOpen(
  brokers: readonly string[],
  transactionalId: string,
  request: CommitRequest,
): Promise<void> {
  const library = loadClient()
  const common = { 'bootstrap.servers': brokers.join(',') }
  const producer = new library.Producer(
    { ...common, 'transactional.id': transactionalId, 'transaction.timeout.ms': 60_000 },
    {},
  )
  const consumer = new library.KafkaConsumer({ ...common, 'group.id': request.group.groupId }, {})
  await Promise.all([connect(producer, 5000), connect(consumer, 5000)])
  await called((done) => producer.initTransactions(10_000, done))
  await called((done) => producer.beginTransaction(done))
  for (const { topic, partition, records } of request.out) {
    for (const { key, value, timestamp } of records) {
      producer.produce(topic, partition, toNativeBytes(value), toNativeBytes(key), timestamp, undefined, undefined)
    }
  }
  await called((done) => producer.flush(10_000, done))
  if (request.offsets.length > 0) {
    const offsets = request.offsets.map((one) => ({ ...one }))
    await called((done) => producer.sendOffsetsToTransaction(offsets, consumer, 10_000, done))
  }
  await called((done) => producer.disconnect(1000, done))
  await called((done) => consumer.disconnect(done))
}
