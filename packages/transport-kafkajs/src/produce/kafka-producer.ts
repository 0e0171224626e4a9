import { type OutBatch, type Produced, type Producer, StreamError } from '@stream/core/adapter'
import { brokerCodes, brokerError, type Cluster } from '../connection/index.ts'
import type { CodecLookup, Compression } from '../records/index.ts'
import { initProducerId, type ProducerIdentity } from '../requests/index.ts'
import type { Appended } from './partition-queue.ts'
import { ProduceEngine } from './produce-engine.ts'

/** What {@link KafkaProducer} is made of. */
export interface KafkaProducerOptions {
  readonly cluster: Cluster
  readonly compression: Compression
  readonly codec: CodecLookup
  readonly batchBytes: number
  readonly deliveryTimeoutMs: number
  readonly ackTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/** Idempotent, not transactional. */
export class KafkaProducer implements Producer {
  private readonly options: KafkaProducerOptions
  private readonly engine: ProduceEngine
  private isClosed = false

  constructor(options: KafkaProducerOptions) {
    this.options = options
    this.engine = new ProduceEngine({ ...options, transactionalId: null, renew: () => this.renew() })
  }

  async send(batches: readonly OutBatch[]): Promise<readonly Produced[]> {
    if (this.isClosed) throw new StreamError({ code: 'STREAM_CLOSED', message: 'The producer is closed' })
    const results = await this.engine.append(batches, performance.now() + this.options.deliveryTimeoutMs)
    for (const { error } of results) if (error !== undefined) throw error
    return results.map(toProduced)
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.engine.close()
    this.options.cluster.close()
  }

  private async renew(): Promise<ProducerIdentity> {
    const answer = await this.options.cluster.sendAny(initProducerId(null, 60_000))
    if (answer.error !== brokerCodes.none) throw brokerError(answer.error, 'No producer id was given')
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }
}

/** All refused records are in the error's place; the contract has room for the first one. */
function toProduced({ topic, partition, baseOffset, refused }: Appended): Produced {
  const first = refused[0]
  const base = baseOffset === undefined ? { topic, partition } : { topic, partition, baseOffset }
  if (first === undefined) return base
  const { code, message, place, retryable, cause } = first.error
  const records = refused.map((one) => one.index)
  const error = new StreamError({ code, message, retryable, cause, place: { ...place, refused: records } })
  return { ...base, error, refused: first.index }
}
