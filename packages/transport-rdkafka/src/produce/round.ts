import type { OutRecord } from '@stream/core/adapter'
import { type ClientFailure, called, codes, failureOf, type NativeProducer, turnsOfTheLoop } from '../native/index.ts'
import { toNativeBytes, toNativeHeaders, toNativeTimestamp } from '../records/index.ts'

/** What librdkafka reported for a partition: how many of its records failed, and the first reason that is none of its own clearing up. */
export interface PartitionFailure extends ClientFailure {
  readonly count: number
}

/** A report of a record that failed; there are none of records that arrived. */
interface Report {
  readonly topic: string
  readonly partition: number
}

/** A flush holds a thread of the process's pool for this long at most, then it is asked for again. */
const flushMs = 200

/** Names a partition in maps. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

/**
 * Records that go out together: put into librdkafka's queues, then flushed. Each partition has one batch on its way, nothing leaves
 * before the flush, and nothing is put before it has ended: so the reports of failed records, which name no record, belong to the round.
 * Records that arrive are not reported at all.
 */
export class Rounds {
  private readonly client: NativeProducer
  private readonly byText: ReadonlyMap<string, number>
  private failures: Map<string, PartitionFailure> = new Map()
  private reports = 0

  constructor(client: NativeProducer, byText: ReadonlyMap<string, number>) {
    this.client = client
    this.byText = byText
    client.on('delivery-report', (error: Error | null, report: Report) => {
      if (error !== null) this.note(report, error)
    })
  }

  /** Copies a record into librdkafka's queue; undefined where it was taken. */
  put(topic: string, partition: number, record: OutRecord): ClientFailure | undefined {
    const { key, value, timestamp, headers } = record
    try {
      this.client.produce(
        topic,
        partition,
        toNativeBytes(value),
        toNativeBytes(key),
        toNativeTimestamp(timestamp),
        undefined,
        toNativeHeaders(headers),
      )
      return undefined
    } catch (thrown) {
      return failureOf(thrown)
    }
  }

  /**
   * Waits until every record has arrived or failed; what failed, by partition. Also after an abort, which fails what was on its way: that
   * belongs to no later round.
   */
  async end(): Promise<ReadonlyMap<string, PartitionFailure>> {
    for (;;) {
      try {
        await called((done) => this.client.flush(flushMs, done))
        break
      } catch (thrown) {
        const failure = failureOf(thrown)
        if (this.codeOf(failure.message) !== codes.timedOut) throw failure
      }
    }
    // Reports come a hundred at a turn.
    let seen = -1
    while (seen !== this.reports) {
      seen = this.reports
      await turnsOfTheLoop()
    }
    const { failures } = this
    this.failures = new Map()
    return failures
  }

  /** Reports and the answers of a flush come as text only. */
  private codeOf(text: string): number {
    return this.byText.get(text.toLowerCase()) ?? Number.NaN
  }

  private note({ topic, partition }: Report, error: Error): void {
    this.reports++
    const key = partitionKey(topic, partition)
    const code = this.codeOf(error.message)
    const before = this.failures.get(key)
    const isReason = before === undefined || (isClearing(before.code) && !isClearing(code))
    const reason = isReason ? { message: error.message, code } : before
    this.failures.set(key, { ...reason, count: (before?.count ?? 0) + 1 })
  }
}

/** librdkafka empties its queues after a failure; that is a consequence, never the reason. */
export function isClearing(code: number): boolean {
  return code === codes.purgedInFlight || code === codes.purgedInQueue || code === codes.fatal
}
