import type { CommitRequest } from '@stream/core/adapter'
import { Backoff, brokerCodes } from '../src/connection/index.ts'
import { encodeBatch } from '../src/records/index.ts'
import { initProducerId, produce, txnOffsetCommit } from '../src/requests/index.ts'
import { rawCluster } from './raw-cluster.ts'

/** Fills a transaction and goes away without ending it, as a process does that dies in the middle. */
export async function leaveOpen(
  brokers: readonly string[],
  transactionalId: string,
  request: CommitRequest,
): Promise<void> {
  const raw = rawCluster(brokers)
  const backoff = new Backoff(5)
  const begin = () => raw.sendToCoordinator('transaction', transactionalId, initProducerId(transactionalId, 60_000))
  let id = await begin()
  for (; id.error === brokerCodes.concurrentTransactions; id = await begin()) await backoff.wait()
  if (id.error !== brokerCodes.none) throw new Error(`InitProducerId: ${id.error}`)
  const { led } = await raw.byLeader(request.out)
  for (const [nodeId, batches] of led) {
    const parts = batches.map(({ topic, partition, records }) => ({
      topic,
      partition,
      bytes: encodeBatch(records, 0, records.length, { ...id, baseSequence: 0, transactional: true }),
    }))
    const send = () => raw.sendTo(nodeId, produce({ version: 12, transactionalId, timeoutMs: 5000, parts }))
    let answers = await send()
    for (; answers.some((one) => one.error === brokerCodes.concurrentTransactions); answers = await send())
      await backoff.wait()
    for (const { error } of answers) if (error !== brokerCodes.none) throw new Error(`Produce: ${error}`)
  }
  if (request.offsets.length > 0) {
    const commit = txnOffsetCommit(5, { transactionalId, ...id }, request.group, request.offsets)
    const send = () => raw.sendToCoordinator('group', request.group.groupId, commit)
    let answers = await send()
    for (; answers.some((one) => one.error === brokerCodes.concurrentTransactions); answers = await send())
      await backoff.wait()
    for (const { error } of answers) if (error !== brokerCodes.none) throw new Error(`TxnOffsetCommit: ${error}`)
  }
  raw.close()
}
