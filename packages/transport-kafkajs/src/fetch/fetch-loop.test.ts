import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { brokerCodes, type Cluster } from '../connection/index.ts'
import { encodeBatch } from '../records/index.ts'
import type { FetchedPartition } from '../requests/index.ts'
import { WireReader, type WireRequest, WireWriter } from '../wire/index.ts'
import { FetchLoop } from './fetch-loop.ts'

interface Asked {
  readonly lane: number
  readonly partitions: readonly number[]
}

/** One broker with one topic: `recordBytes` per record and batch, `ends` says how many there are per partition. */
class Brokers {
  readonly ends: number[]
  readonly asked: Asked[] = []
  readonly errors: Map<number, number> = new Map()
  readonly leaderless: Set<number> = new Set()
  private readonly batch: Buffer
  private areLeadersKnown = true

  constructor(ends: number[], recordBytes: number) {
    this.ends = ends
    const record = { key: null, value: Buffer.alloc(recordBytes), timestamp: 1 }
    const header = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
    this.batch = encodeBatch([record], 0, 1, header)
  }

  forgetLeaders(): void {
    this.areLeadersKnown = false
  }

  get cluster(): Cluster {
    const leaderOf = (_: string, partition: number): number | undefined =>
      this.areLeadersKnown && !this.leaderless.has(partition) ? 1 : undefined
    return {
      leaderOf,
      whyLeaderless: () => brokerCodes.leaderNotAvailable,
      refresh: () => Promise.resolve([]),
      byLeader: async (feeds: readonly { partition: number }[]) => {
        this.areLeadersKnown = true
        return { led: new Map(), leaderless: feeds.filter((one) => this.leaderless.has(one.partition)) }
      },
      sendTo: (_: number, request: WireRequest<unknown>, lane: number) => this.fetch(request, lane),
    } as unknown as Cluster
  }

  private async fetch(request: WireRequest<unknown>, lane: number): Promise<unknown> {
    const { maxWaitMs, positions } = read(request)
    this.asked.push({ lane, partitions: positions.map((one) => one.partition) })
    const untilMs = performance.now() + maxWaitMs
    for (;;) {
      await wait(1)
      const partitions = positions.map((at) => this.answer(at))
      const hasNews = partitions.some((one) => one.records.length > 0 || one.error !== 0)
      if (hasNews || performance.now() >= untilMs) return { error: 0, partitions }
    }
  }

  private answer({ partition, offset }: { partition: number; offset: number }): FetchedPartition {
    const end = this.ends[partition] ?? 0
    const error = this.errors.get(partition) ?? 0
    let records = Buffer.alloc(0)
    if (error === 0 && offset < end) {
      records = Buffer.from(this.batch)
      records.writeBigInt64BE(BigInt(offset))
    }
    return {
      topic: 't',
      partition,
      error,
      highWatermark: end,
      lastStableOffset: end,
      logStart: 0,
      aborted: [],
      records,
    }
  }
}

function read(request: WireRequest<unknown>): {
  maxWaitMs: number
  positions: readonly { partition: number; offset: number }[]
} {
  const out = new WireWriter(request.sizeBytes)
  request.write(out)
  const body = new WireReader(out.finish())
  body.int32()
  const maxWaitMs = body.int32()
  body.int32()
  body.int32()
  body.int8()
  body.int32()
  body.int32()
  const positions = body.array(() => {
    body.string()
    return body.array(() => {
      const partition = body.int32()
      body.int32()
      const offset = body.int64()
      body.int64()
      body.int32()
      return { partition, offset }
    })
  })
  return { maxWaitMs, positions: positions.flat() }
}

const numbered = (count: number): { topic: string; partition: number }[] =>
  Array.from({ length: count }, (_, partition) => ({ topic: 't', partition }))

describe('a fetch loop', () => {
  const loops: FetchLoop[] = []
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close()
  })

  function loopOver(brokers: Brokers, maxPollBytes: number): FetchLoop {
    const loop = new FetchLoop({
      cluster: brokers.cluster,
      isolation: 'read_committed',
      maxPollBytes,
      maxPartitionBytes: maxPollBytes,
      fetchWaitMs: 200,
      verifyChecksums: false,
      codec: () => {
        throw new Error('nothing is compressed')
      },
      log: () => {},
    })
    loops.push(loop)
    return loop
  }

  it('reads on, however much paused partitions have waiting, and loses nothing of it', async () => {
    const brokers = new Brokers([...Array<number>(11).fill(3)], 1000)
    const loop = loopOver(brokers, 3000)
    const all = numbered(11)
    const paused = all.slice(1)
    loop.seek(
      all.map((one) => ({ ...one, offset: 0 })),
      1,
    )
    // Time for everything to be fetched that is fetched ahead.
    await wait(50)
    loop.pause(paused)
    const offsets = new Map<number, number[]>()
    const takeUntil = async (isDone: () => boolean): Promise<void> => {
      for (let round = 0; !isDone(); round++) {
        expect(round).toBeLessThan(100)
        for (const { partition, records } of await loop.poll(100)) {
          offsets.set(partition, [...(offsets.get(partition) ?? []), ...records.map((one) => one.offset)])
        }
      }
    }
    await takeUntil(() => offsets.get(0)?.length === 3)
    expect([...offsets.keys()]).toEqual([0])
    brokers.ends[0] = 6
    await takeUntil(() => offsets.get(0)?.length === 6)
    loop.resume(paused)
    await takeUntil(() => paused.every(({ partition }) => offsets.get(partition)?.length === 3))
    for (const { partition } of paused) expect(offsets.get(partition)).toEqual([0, 1, 2])
  })

  it('does not let a partition whose leader refuses for long slow the others down', async () => {
    const brokers = new Brokers([300, 300], 10)
    brokers.errors.set(1, brokerCodes.notLeader)
    const loop = loopOver(brokers, 1000)
    loop.seek(
      numbered(2).map((one) => ({ ...one, offset: 0 })),
      1,
    )
    const startedMs = performance.now()
    let next = 0
    while (next < 300) for (const batch of await loop.poll(500)) next = batch.nextOffset
    expect(performance.now() - startedMs).toBeLessThan(3000)
    brokers.errors.clear()
    for (next = 0; next < 300; ) for (const batch of await loop.poll(2000)) next = batch.nextOffset
  })

  it('reads what has a leader while another partition has none', async () => {
    const brokers = new Brokers([1, 1], 10)
    brokers.leaderless.add(1)
    brokers.forgetLeaders()
    const loop = loopOver(brokers, 1000)
    loop.seek(
      numbered(2).map((one) => ({ ...one, offset: 0 })),
      1,
    )
    const batches = await loop.poll(3000)
    expect(batches.map((one) => [one.partition, one.nextOffset])).toEqual([[0, 1]])
  })

  it('goes on with all partitions of a broker that was away, without a warning however many they are', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    const brokers = new Brokers(Array<number>(30).fill(1), 10)
    for (const { partition } of numbered(30)) brokers.errors.set(partition, brokerCodes.notLeader)
    const loop = loopOver(brokers, 10_000)
    loop.seek(
      numbered(30).map((one) => ({ ...one, offset: 0 })),
      1,
    )
    expect(await loop.poll(30)).toEqual([])
    brokers.errors.clear()
    const seen = new Set<number>()
    while (seen.size < 30) for (const batch of await loop.poll(5000)) seen.add(batch.partition)
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  it('waits patiently with all partitions once there is nothing more to read', async () => {
    const brokers = new Brokers([0, 0, 0], 10)
    const loop = loopOver(brokers, 1000)
    const all = numbered(3).map((one) => ({ ...one, offset: 0 }))
    loop.seek(all, 1)
    await loop.poll(20)
    loop.seek(all.slice(0, 2), 1)
    await loop.poll(500)
    brokers.asked.length = 0
    await loop.poll(600)
    expect(brokers.asked.length).toBeLessThanOrEqual(4)
    expect(brokers.asked.at(-1)?.partitions.toSorted()).toEqual([0, 1, 2])
  })
})
