import { type Isolation, StreamError, type TopicPartition, type TopicPartitionOffset } from '@stream/core/adapter'
import { Backoff, brokerCodes, brokerError, type Cluster, isRetryableCode, topicMissing } from '../connection/index.ts'
import { type LogEdge, listOffsets } from '../requests/index.ts'

/** How long a topic that the brokers do not know may take to appear: metadata spreads with a delay. */
const missingGraceMs = 3000

/** Where the logs of these partitions start or end, in the order given. Retries what is temporary until `signal` aborts. */
export async function listLogEdges(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  edge: LogEdge,
  isolation: Isolation,
  signal: AbortSignal,
): Promise<readonly TopicPartitionOffset[]> {
  const found = new Map<string, number>()
  const keyOf = (one: TopicPartition): string => `${one.topic}/${one.partition}`
  const backoff = new Backoff()
  const startedMs = performance.now()
  for (;;) {
    const open = partitions.filter((one) => !found.has(keyOf(one)))
    if (open.length === 0) return partitions.map((one) => withOffset(one, found.get(keyOf(one))!))
    if (signal.aborted) throw closedWhile(edge)
    try {
      const { led, leaderless } = await cluster.byLeader(open)
      checkMissing(cluster, leaderless, startedMs)
      await Promise.all(
        [...led].map(async ([nodeId, parts]) => {
          for (const one of await cluster.sendTo(nodeId, listOffsets(parts, edge, isolation))) {
            if (one.error === brokerCodes.none) found.set(keyOf(one), one.offset)
            else if (!isRetryableCode(one.error))
              throw refused(one, one.error, `The log ${edge} of ${one.topic}-${one.partition} is not known`)
          }
        }),
      )
      if (found.size === new Set(partitions.map(keyOf)).size) continue
    } catch (error) {
      if (signal.aborted) throw closedWhile(edge)
      if (!StreamError.is(error) || !error.retryable) throw error
    }
    await backoff.wait(signal)
    await cluster.refresh([...new Set(open.map((one) => one.topic))]).catch(() => {})
  }
}

function withOffset({ topic, partition }: TopicPartition, offset: number): TopicPartitionOffset {
  return { topic, partition, offset }
}

/** Throws where waiting for a leader makes no sense, or not any longer. */
function checkMissing(cluster: Cluster, leaderless: readonly TopicPartition[], startedMs: number): void {
  for (const one of leaderless) {
    const why = cluster.whyLeaderless(one)
    if (!isRetryableCode(why)) throw refused(one, why, `${one.topic}-${one.partition} cannot be read`)
    if (why === brokerCodes.unknownTopicOrPartition && performance.now() - startedMs > missingGraceMs) {
      throw topicMissing(one)
    }
  }
}

function refused({ topic, partition }: TopicPartition, code: number, what: string): StreamError {
  return brokerError(code, what, { topic, partition }, { needs: 'Read' })
}

function closedWhile(edge: LogEdge): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: `Closed while the log ${edge} was being asked for` })
}
