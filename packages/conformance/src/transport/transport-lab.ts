import assert from 'node:assert/strict'
import type {
  CommitRequest,
  Committer,
  GroupHandle,
  Isolation,
  LogRecord,
  Outcome,
  OutRecord,
  Produced,
  Reader,
  Transport,
} from '@stream/core/adapter'
import { Member, type MemberOptions } from './member.ts'
import { Ownership } from './ownership.ts'
import { outRecord, textOf } from './records.ts'
import type { TransportPlan, TransportTiming } from './transport-options.ts'

/** What a partition holds, as a reader saw it. */
export interface ReadBack {
  readonly records: readonly LogRecord[]
  readonly values: readonly string[]
  /** The position after everything was read. */
  readonly nextOffset: number
}

/** A handle for requests without offsets. */
export const noGroup: GroupHandle = { groupId: 'none', memberId: '', generation: -1 }

/** What one case works with; what it opens is closed behind it. */
export class TransportLab {
  readonly plan: TransportPlan
  readonly ownership: Ownership = new Ownership()
  readonly #mark: string
  #names = 0
  #transports: Transport[] = []
  #members: Member[] = []
  #shared: Promise<Transport> | undefined

  constructor(plan: TransportPlan, mark: string) {
    this.plan = plan
    this.#mark = mark
  }

  get timing(): TransportTiming {
    return this.plan.timing
  }

  /** The open transport of this case. */
  transport(): Promise<Transport> {
    this.#shared ??= this.anotherTransport()
    return this.#shared
  }

  /** One more, as another process has. */
  async anotherTransport(): Promise<Transport> {
    const transport = await this.unopened()
    await transport.open({ log: () => undefined })
    return transport
  }

  async unopened(): Promise<Transport> {
    const transport = await this.plan.open()
    this.#transports.push(transport)
    return transport
  }

  /** A name nobody has used. */
  name(kind: string): string {
    return `conformance-${this.#mark}-${++this.#names}-${kind}`
  }

  /** A new topic, which keeps records of any age. */
  async topic(partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = this.name('topic')
    const admin = (await this.transport()).admin()
    const kept = { 'retention.ms': '-1', ...configs }
    await admin.createTopics([{ name, partitions, replicationFactor: -1, configs: kept }])
    await admin.close()
    return name
  }

  /** Sends, each call by a producer of its own, and asserts that everything was taken. */
  async produce(topic: string, partition: number, records: readonly (string | OutRecord)[]): Promise<Produced> {
    const producer = (await this.transport()).producer({ deliveryTimeoutMs: this.timing.patienceMs })
    const out = records.map((record) => (typeof record === 'string' ? outRecord(record) : record))
    const [produced] = await producer.send([{ topic, partition, records: out }])
    await producer.close()
    assert.ok(produced && produced.error === undefined, `the log refused a record: ${produced?.error?.message}`)
    return produced
  }

  async reader(
    isolation: Isolation = 'read_committed',
    limits: { readonly maxPollBytes?: number } = {},
  ): Promise<Reader> {
    const maxPollBytes = limits.maxPollBytes ?? 16 * 2 ** 20
    return (await this.transport()).reader({
      isolation,
      maxPollBytes,
      maxPartitionBytes: maxPollBytes,
      fetchWaitMs: 100,
    })
  }

  /**
   * Reads until the position has reached the log end of now, read uncommitted, whatever lies before it: as recovery does. It does not
   * end before pending transactions do.
   */
  async read(topic: string, partition: number, isolation: Isolation = 'read_committed', from = 0): Promise<ReadBack> {
    const reader = await this.reader(isolation)
    try {
      const [end] = await reader.endOffsets([{ topic, partition }], 'read_uncommitted')
      assert.ok(end, 'endOffsets must answer for every partition it is asked for')
      const logEnd = end.offset
      const records: LogRecord[] = []
      let nextOffset = from
      reader.assign([{ topic, partition, offset: from }])
      const deadline = performance.now() + this.timing.patienceMs
      while (nextOffset < logEnd) {
        for (const batch of await reader.poll({ maxWaitMs: 200 })) {
          if (batch.error) throw batch.error
          assert.ok(batch.nextOffset >= nextOffset, 'positions must not go back')
          records.push(...batch.records)
          nextOffset = batch.nextOffset
        }
        const late: string = `reading ${topic}/${partition} stays at ${nextOffset}, but the log ends at ${logEnd}`
        if (performance.now() > deadline) assert.fail(late)
      }
      return { records, values: records.map(textOf), nextOffset }
    } finally {
      await reader.close()
    }
  }

  async member(options: MemberOptions): Promise<Member> {
    const transport = options.transport ?? (await this.transport())
    const member = new Member(transport, options, this.timing, this.ownership)
    this.#members.push(member)
    return member
  }

  /** A member that owns all of a new topic: for handles and committed offsets. */
  async owner(partitions = 1): Promise<{ member: Member; topic: string; groupId: string }> {
    const topic = await this.topic(partitions)
    const groupId = this.name('group')
    const member = await this.member({ groupId, topics: [topic] })
    await member.untilOwns(partitions)
    return { member, topic, groupId }
  }

  /** A committer, initialised. */
  async committer(transactionalId: string = this.name('transactional'), transport?: Transport): Promise<Committer> {
    const committer = (transport ?? (await this.transport())).committer({
      transactionalId,
      timeoutMs: Math.max(this.timing.patienceMs, 10_000),
    })
    await committer.init()
    return committer
  }

  async cleanUp(): Promise<void> {
    const members = this.#members
    const transports = this.#transports
    this.#members = []
    this.#transports = []
    this.#shared = undefined
    for (const member of members) member.abandon()
    await Promise.allSettled(members.map((member) => member.close()))
    await Promise.allSettled(transports.map((transport) => transport.close()))
  }
}

/** Commits and asserts the kind of the outcome. */
export async function commitAs<K extends Outcome['kind']>(
  kind: K,
  committer: Committer,
  request: Partial<CommitRequest>,
): Promise<Outcome & { readonly kind: K }> {
  const outcome = await committer.commit({ out: [], offsets: [], group: noGroup, ...request })
  const cause = outcome.kind === 'committed' ? '' : `: ${outcome.cause?.message}`
  assert.equal(outcome.kind, kind, `the outcome must be ${kind}, but it is ${outcome.kind}${cause}`)
  return outcome as Outcome & { readonly kind: K }
}
