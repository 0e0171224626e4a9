import {
  type CommittedOffset,
  StreamError,
  sleep,
  systemClock,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import {
  type ClientFailure,
  called,
  clientError,
  codes,
  failureOf,
  isTemporary,
  type NativeConsumer,
  type NativePosition,
} from '../native/index.ts'

/** A question may hold a thread of the process's pool for this long; then it is asked again. */
const attemptMs = 1000
const backoffMs = 50

/** Committed offsets of one group, read and written. */
export class GroupOffsets {
  private readonly groupId: string
  private readonly timeoutMs: number
  private readonly signal: AbortSignal
  private answered: ((failure: ClientFailure | undefined) => void) | undefined
  private turn: Promise<unknown> = Promise.resolve()

  /** @param timeoutMs bound of one call, retries included */
  constructor(groupId: string, timeoutMs: number, signal: AbortSignal) {
    this.groupId = groupId
    this.timeoutMs = timeoutMs
    this.signal = signal
  }

  /** For the client's `offset_commit_cb`. */
  committedBack(failure: ClientFailure | undefined): void {
    this.answered?.(failure)
  }

  /** librdkafka waits for pending transactions where it reads committed records only (KIP-447). */
  async committed(
    consumer: NativeConsumer,
    partitions: readonly TopicPartition[],
  ): Promise<readonly CommittedOffset[]> {
    if (partitions.length === 0) return []
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }))
    const found = await this.retrying(`Committed offsets of ${this.groupId} are not known`, () =>
      called<readonly NativePosition[]>((done) => consumer.committed(places, attemptMs, done)),
    )
    const byPlace = new Map(found.map((one) => [`${one.topic}/${one.partition}`, one]))
    return places.map((place) => {
      const one = byPlace.get(`${place.topic}/${place.partition}`)
      if (one?.error)
        throw clientError(failureOf(one.error), `Committed offsets of ${this.groupId} are not known`, place)
      return { ...place, offset: one?.offset !== undefined && one.offset >= 0 ? one.offset : undefined }
    })
  }

  /** One after the other, since answers do not say what they belong to. `check` runs in the same turn as the request is made. */
  commit(consumer: NativeConsumer, offsets: readonly TopicPartitionOffset[], check: () => void): Promise<void> {
    const positions = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
    const committed = this.turn.then(() =>
      this.retrying(`Offsets of ${this.groupId} were not committed`, () => this.commitOnce(consumer, positions, check)),
    )
    this.turn = committed.catch(() => undefined)
    return committed
  }

  private commitOnce(consumer: NativeConsumer, positions: readonly NativePosition[], check: () => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      check()
      this.answered = (failure) => {
        this.answered = undefined
        if (failure === undefined) resolve()
        else reject(failure)
      }
      try {
        consumer.commit(positions)
      } catch (error) {
        this.answered = undefined
        reject(error)
      }
    })
  }

  private async retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.timeoutMs
    for (;;) {
      try {
        return await this.unlessClosed(attempt(), what)
      } catch (thrown) {
        if (StreamError.is(thrown)) throw thrown
        const failure = failureOf(thrown)
        const isRebalancing = failure.code === codes.rebalanceInProgress || failure.code === codes.unstableOffset
        if (this.signal.aborted || !(isTemporary(failure.code) || isRebalancing) || performance.now() > deadlineMs) {
          throw clientError(failure, what)
        }
      }
      await sleep(systemClock, backoffMs, this.signal)
    }
  }

  private async unlessClosed<T>(work: Promise<T>, what: string): Promise<T> {
    const over = new AbortController()
    const closed = new Promise<never>((_, reject) => {
      const refuse = (): void => reject(new StreamError({ code: 'STREAM_CLOSED', message: `${what}: it is closed` }))
      if (this.signal.aborted) refuse()
      this.signal.addEventListener('abort', refuse, { once: true, signal: over.signal })
    })
    return Promise.race([work, closed]).finally(() => over.abort())
  }
}
