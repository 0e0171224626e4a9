import { type Isolation, StreamError, sleep, systemClock, type TopicPartition } from '@stream/core/adapter'
import {
  type ClientLibrary,
  type ClusterMetadata,
  called,
  clientError,
  connect,
  failureOf,
  forwardLog,
  isMissing,
  isTemporary,
  type NativeProducer,
} from '../native/index.ts'
import { askingProperties, type ResolvedOptions } from '../options/index.ts'

/** Where a partition's log begins and ends. */
export interface Watermarks {
  readonly start: number
  readonly end: number
}

/** What {@link AskingClient} is made of. */
export interface AskingOptions {
  readonly library: ClientLibrary
  readonly options: ResolvedOptions
  readonly isolation: Isolation
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
}

/** One question may hold a thread of the process's pool for this long; then it is asked again. */
const attemptMs = 2000
const backoffMs = 50
/** Of partitions asked about at a time: each question holds a thread of the pool. */
const concurrentQuestions = 2

/** Asks brokers about topics and about the ends of logs, under one isolation; connects with the first question. */
export class AskingClient {
  private readonly options: AskingOptions
  private readonly closing: AbortController = new AbortController()
  private readonly busy: Set<Promise<unknown>> = new Set()
  private connected: Promise<NativeProducer> | undefined
  private closed: Promise<void> | undefined

  constructor(options: AskingOptions) {
    this.options = options
  }

  /** Reaches a broker once; rejects with the client's failure. */
  async reach(timeoutMs: number): Promise<void> {
    await this.client(timeoutMs)
  }

  /** Partition counts of all topics, by name. */
  topics(): Promise<ReadonlyMap<string, readonly { readonly id: number; readonly leader: number }[]>> {
    return this.retrying('Topics are not known', async (client) => {
      const question = { allTopics: true, timeout: attemptMs }
      const { topics } = await called<ClusterMetadata>((done) => client.getMetadata(question, done))
      return new Map(topics.map(({ name, partitions }) => [name, partitions]))
    })
  }

  /** In the order asked. Rejects with `STREAM_TOPIC_MISSING` where there is no such partition. */
  async watermarks(partitions: readonly TopicPartition[]): Promise<readonly Watermarks[]> {
    const answers: Watermarks[] = []
    let next = 0
    const ask = async (): Promise<void> => {
      for (let index = next++; index < partitions.length; index = next++) {
        answers[index] = await this.watermark(partitions[index] as TopicPartition)
      }
    }
    await Promise.all(Array.from({ length: concurrentQuestions }, ask))
    return answers
  }

  close(): Promise<void> {
    this.closed ??= this.end()
    return this.closed
  }

  private async watermark({ topic, partition }: TopicPartition): Promise<Watermarks> {
    const what = `The ends of ${topic}-${partition} are not known`
    return this.retrying(what, async (client) => {
      try {
        const { lowOffset, highOffset } = await called<{ lowOffset: number; highOffset: number }>((done) =>
          client.queryWatermarkOffsets(topic, partition, attemptMs, done),
        )
        return { start: lowOffset, end: highOffset }
      } catch (thrown) {
        // librdkafka waits for a topic that is not there, as for one that is on its way.
        if (await this.isMissing(client, { topic, partition })) throw missing({ topic, partition })
        throw thrown
      }
    })
  }

  private async isMissing(client: NativeProducer, { topic, partition }: TopicPartition): Promise<boolean> {
    const question = { allTopics: true, timeout: attemptMs }
    const { topics } = await called<ClusterMetadata>((done) => client.getMetadata(question, done))
    const found = topics.find(({ name }) => name === topic)
    return found === undefined || !found.partitions.some(({ id }) => id === partition)
  }

  private async retrying<T>(what: string, attempt: (client: NativeProducer) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.options.options.requestTimeoutMs
    for (;;) {
      if (this.closing.signal.aborted) throw closedError(what)
      try {
        return await this.tracked(this.client(attemptMs).then(attempt))
      } catch (thrown) {
        if (StreamError.is(thrown)) throw thrown
        const failure = failureOf(thrown)
        const isOver = performance.now() > deadlineMs || !isTemporary(failure.code) || isMissing(failure.code)
        if (this.closing.signal.aborted) throw closedError(what)
        if (isOver) throw clientError(failure, what)
      }
      await sleep(systemClock, backoffMs, this.closing.signal)
    }
  }

  private client(timeoutMs: number): Promise<NativeProducer> {
    if (this.closing.signal.aborted) return Promise.reject(closedError('Nothing can be asked'))
    this.connected ??= this.tracked(this.open(timeoutMs)).catch((thrown) => {
      this.connected = undefined
      throw thrown
    })
    return this.connected
  }

  private async open(timeoutMs: number): Promise<NativeProducer> {
    const { library, options, isolation, log } = this.options
    const { global, topic } = askingProperties(options, isolation)
    const client = new library.Producer(global, topic)
    forwardLog(client, log)
    await connect(client, timeoutMs)
    return client
  }

  private tracked<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    )
    this.busy.add(settled)
    void settled.then(() => this.busy.delete(settled))
    return work
  }

  private async end(): Promise<void> {
    this.closing.abort()
    while (this.busy.size > 0) await Promise.all(this.busy)
    const client = await this.connected?.catch(() => undefined)
    if (client !== undefined) await called((done) => client.disconnect(100, done))
  }
}

/** The error for a partition that no broker knows. */
export function missing({ topic, partition }: TopicPartition): StreamError {
  return new StreamError({
    code: 'STREAM_TOPIC_MISSING',
    message: `There is no partition ${partition} of topic ${topic}: create the topic, or check its name and partition count`,
    place: { topic, partition },
  })
}

function closedError(what: string): StreamError {
  return new StreamError({ code: 'STREAM_CLOSED', message: `${what}: it is closed` })
}
