import { type OutBatch, type Produced, type Producer, StreamError, sleep, systemClock } from '@stream/core/adapter'
import {
  type ClientFailure,
  called,
  clientError,
  codes,
  connect,
  failureOf,
  forwardLog,
  isRecordRefused,
  type NativeProducer,
} from '../native/index.ts'
import { type Chunk, Lane } from './lane.ts'
import { type PartitionFailure, partitionKey, Rounds } from './round.ts'
import { SendCall } from './send-call.ts'
import type { TopicLimits } from './topic-limits.ts'

/** What {@link RdkafkaProducer} is made of. */
export interface ProducerParts {
  /** A new client, not connected. */
  readonly create: () => NativeProducer
  readonly byText: ReadonlyMap<string, number>
  readonly limits: TopicLimits
  readonly deliveryTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  readonly onClose: () => void
}

const reconnectMs = 200

/** Idempotent, not transactional. */
export class RdkafkaProducer implements Producer {
  private readonly parts: ProducerParts
  private readonly lanes: Map<string, Lane<SendCall>> = new Map()
  private readonly calls: Set<SendCall> = new Set()
  private readonly closing: AbortController = new AbortController()
  private client: NativeProducer | undefined
  private rounds: Rounds | undefined
  private running: Promise<void> | undefined
  private closed: Promise<void> | undefined

  constructor(parts: ProducerParts) {
    this.parts = parts
  }

  send(batches: readonly OutBatch[]): Promise<readonly Produced[]> {
    if (this.closed !== undefined) return Promise.reject(closedError())
    const call = new SendCall(batches, this.parts.deliveryTimeoutMs)
    if (call.isDone) return call.answer
    this.calls.add(call)
    void call.settled.then(() => this.calls.delete(call))
    for (const [batch, { topic, partition, records }] of batches.entries()) {
      if (records.length > 0) this.laneOf(topic, partition).add({ owner: call, batch, records, next: 0 })
    }
    this.running ??= this.run()
    return call.answer
  }

  close(): Promise<void> {
    this.closed ??= this.end()
    return this.closed
  }

  private laneOf(topic: string, partition: number): Lane<SendCall> {
    const key = partitionKey(topic, partition)
    let lane = this.lanes.get(key)
    if (lane === undefined) {
      lane = new Lane({ topic, partition })
      this.lanes.set(key, lane)
    }
    return lane
  }

  /** Round after round while there is something to send. */
  private async run(): Promise<void> {
    // Calls of this turn of the event loop go out together.
    await Promise.resolve()
    for (;;) {
      for (const call of this.calls) if (call.isDone) for (const lane of this.lanes.values()) lane.drop(call)
      for (const [key, lane] of this.lanes) if (lane.isEmpty) this.lanes.delete(key)
      if (this.lanes.size === 0) {
        // Now, not when the promise has settled: a send in between would wait for ever.
        this.running = undefined
        return
      }
      try {
        await this.round(await this.connected())
      } catch (thrown) {
        const failure = failureOf(thrown)
        const error = StreamError.is(thrown) ? thrown : clientError(failure, 'Records could not be sent')
        for (const call of [...this.calls]) this.reject(call, error)
        await this.renew()
      }
    }
  }

  private async round(rounds: Rounds): Promise<void> {
    const chunks: Chunk<SendCall>[] = []
    let trouble: ClientFailure | undefined
    for (const lane of this.lanes.values()) {
      const chunk = lane.peek(this.parts.limits.of(lane.topic))
      const put: Chunk<SendCall>['records'][number][] = []
      for (const one of chunk.records) {
        trouble = rounds.put(lane.topic, lane.partition, one.record)
        if (trouble !== undefined) break
        put.push(one)
      }
      if (put.length > 0) chunks.push({ lane, records: put, bytes: chunk.bytes })
      if (trouble === undefined) continue
      if (trouble.code === codes.queueFull) break
      const first = chunk.records[put.length]
      if (!isRecordRefused(trouble.code) || first === undefined) break
      // Too large for librdkafka itself.
      if (put.length === 0) this.refuse({ lane, records: [first], bytes: chunk.bytes }, trouble)
    }
    const failures = await rounds.end()
    for (const chunk of chunks) this.judge(chunk, failures.get(partitionKey(chunk.lane.topic, chunk.lane.partition)))
    if (trouble !== undefined && trouble.code !== codes.queueFull && !isRecordRefused(trouble.code)) throw trouble
  }

  private judge(chunk: Chunk<SendCall>, failure: PartitionFailure | undefined): void {
    const { lane, records, bytes } = chunk
    if (failure === undefined) {
      lane.done(records)
      for (const { item } of records) item.owner.arrived(1)
      return
    }
    if (isRecordRefused(failure.code) && records.length === 1) {
      this.refuse(chunk, failure)
      return
    }
    if (isRecordRefused(failure.code) && failure.count === records.length) {
      this.parts.limits.refusedBatch(lane.topic, bytes)
      return
    }
    const { topic, partition } = lane
    const error = clientError(failure, `Records for ${topic}-${partition} could not be sent`, { topic, partition })
    for (const owner of new Set(records.map(({ item }) => item.owner))) this.reject(owner, error)
  }

  private refuse(chunk: Chunk<SendCall>, failure: ClientFailure): void {
    const { lane, records, bytes } = chunk
    const [one] = records
    if (one === undefined) return
    const { topic, partition } = lane
    this.parts.limits.refusedRecord(topic, bytes)
    lane.done(records)
    const what = `A record for ${topic}-${partition} was refused`
    one.item.owner.refused(one.item.batch, one.index, clientError(failure, what, { topic, partition }))
  }

  private reject(call: SendCall, error: StreamError): void {
    call.fail(error)
    for (const lane of this.lanes.values()) lane.drop(call)
  }

  private async connected(): Promise<Rounds> {
    while (this.rounds === undefined) {
      if (this.closing.signal.aborted) throw closedError()
      const client = this.parts.create()
      forwardLog(client, this.parts.log)
      try {
        await connect(client, this.parts.connectTimeoutMs)
        this.client = client
        this.rounds = new Rounds(client, this.parts.byText)
      } catch (thrown) {
        this.parts.log('warn', `A producer is not connected yet: ${failureOf(thrown).message}`)
        if ([...this.calls].every((call) => call.isDone)) throw clientError(failureOf(thrown), 'No broker is there')
        await sleep(systemClock, reconnectMs, this.closing.signal)
      }
    }
    return this.rounds
  }

  /** A client that has failed for good is replaced; its producer id ends with it. */
  private async renew(): Promise<void> {
    const { client } = this
    this.client = undefined
    this.rounds = undefined
    if (client !== undefined) await called((done) => client.disconnect(1, done)).catch(() => undefined)
  }

  private async end(): Promise<void> {
    this.closing.abort()
    for (const call of [...this.calls]) this.reject(call, closedError())
    await this.running
    await this.renew()
    this.parts.onClose()
  }
}

function closedError(): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: 'The producer is closed' })
}
