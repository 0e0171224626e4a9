import { setTimeout as wait } from 'node:timers/promises'
import type { TopicPartition } from '@stream/core/adapter'
import { afterEach, describe, expect, it } from 'vitest'
import { brokerCodes, type Cluster } from '../connection/index.ts'
import { type CodecLookup, Codecs, compressBatch, encodeBatch } from '../records/index.ts'
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
  private batch: Buffer
  private areLeadersKnown = true

  constructor(ends: number[], recordBytes: number) {
    this.ends = ends
    const record = { key: null, value: Buffer.alloc(recordBytes), timestamp: 1 }
    const header = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
    this.batch = encodeBatch([record], 0, 1, header)
  }

  /** From now on, batches that codec 1 has to be asked about. */
  async compress(): Promise<void> {
    this.batch = await compressBatch(this.batch, 'gzip', new Codecs().of)
  }

  /** From now on, batches that say they are `bytes` long. */
  damageLength(bytes: number): void {
    this.batch.writeInt32BE(bytes, 8)
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

  /** Like a broker's, one buffer for all partitions; the last one, to see what is kept of it. */
  response = Buffer.alloc(0)

  private async fetch(request: WireRequest<unknown>, lane: number): Promise<unknown> {
    const { maxWaitMs, positions } = read(request)
    this.asked.push({ lane, partitions: positions.map((one) => one.partition) })
    const untilMs = performance.now() + maxWaitMs
    for (;;) {
      await wait(1)
      const partitions = positions.map((at) => this.answer(at))
      const hasNews = partitions.some((one) => one.records.length > 0 || one.error !== 0)
      if (hasNews || performance.now() >= untilMs) return { error: 0, partitions: this.inOneBuffer(partitions) }
    }
  }

  private inOneBuffer(partitions: readonly FetchedPartition[]): FetchedPartition[] {
    this.response = Buffer.concat(partitions.map((one) => one.records))
    let end = 0
    return partitions.map((one) => {
      const start = end
      end += one.records.length
      return { ...one, records: this.response.subarray(start, end) }
    })
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

const uncompressed: CodecLookup = () => Promise.reject(new Error('nothing is compressed'))

describe('a fetch loop', () => {
  const loops: FetchLoop[] = []
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close()
  })

  function loopOver(brokers: Brokers, maxPollBytes: number, codec: CodecLookup = uncompressed): FetchLoop {
    const loop = new FetchLoop({
      cluster: brokers.cluster,
      isolation: 'read_committed',
      maxPollBytes,
      maxPartitionBytes: maxPollBytes,
      fetchWaitMs: 200,
      verifyChecksums: false,
      codec,
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

  it('keeps of an answer only what it holds for partitions that are paused', async () => {
    const brokers = new Brokers([1, 1, 1], 100_000)
    const loop = loopOver(brokers, 1_000_000)
    loop.seek(
      numbered(3).map((one) => ({ ...one, offset: 0 })),
      1,
    )
    await wait(50)
    loop.pause(numbered(3))
    brokers.response.fill(0xee)
    loop.resume(numbered(3))
    const batches = await loop.poll(1000)
    expect(batches.map((one) => one.error)).toEqual([undefined, undefined, undefined])
    expect(batches.map((one) => one.records[0]?.value?.[0])).toEqual([0, 0, 0])
  })

  it('delivers nothing of a partition that is paused while its records are decompressed, and all of it later', async () => {
    const brokers = new Brokers([2, 2], 10_000)
    await brokers.compress()
    const real = new Codecs().of
    const [paused, other] = numbered(2) as [TopicPartition, TopicPartition]
    let pause = true
    const loop: FetchLoop = loopOver(brokers, 1_000_000, async (codec) => {
      if (pause) loop.pause([paused])
      return real(codec)
    })
    loop.seek([{ ...paused, offset: 0 }], 1)
    loop.seek([{ ...other, offset: 0 }], 1)
    await wait(50)
    expect((await loop.poll(1000)).map((one) => one.partition)).toEqual([other.partition])
    pause = false
    loop.resume([paused])
    const offsets: number[] = []
    while (offsets.length < 2) {
      for (const { partition, records } of await loop.poll(1000)) {
        if (partition === paused.partition) offsets.push(...records.map((one) => one.offset))
      }
    }
    expect(offsets).toEqual([0, 1])
  })

  it('delivers nothing of partitions that are held, and goes on with the others', async () => {
    const loop = loopOver(new Brokers([1, 1], 10), 1000)
    const [held, other] = numbered(2) as [TopicPartition, TopicPartition]
    loop.hold([held])
    loop.seek([{ ...held, offset: 0 }], 1)
    loop.seek([{ ...other, offset: 0 }], 1)
    expect((await loop.poll(1000)).map((one) => one.partition)).toEqual([other.partition])
    expect(await loop.poll(50)).toEqual([])
    loop.release([held])
    expect((await loop.poll(1000)).map((one) => one.partition)).toEqual([held.partition])
  })

  it.each([1, 10_000_000])('says that a batch which claims to be %i bytes long is damaged', async (bytes) => {
    const brokers = new Brokers([1], 100)
    brokers.damageLength(bytes)
    const loop = loopOver(brokers, 1000)
    loop.seek([{ topic: 't', partition: 0, offset: 0 }], 1)
    const [batch] = await loop.poll(1000)
    expect(batch?.error).toMatchObject({
      code: 'STREAM_RECORD_CORRUPT',
      place: { topic: 't', partition: 0, offset: 0 },
    })
    const asked = brokers.asked.length
    expect(await loop.poll(100)).toEqual([])
    expect(brokers.asked).toHaveLength(asked)
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

  it('forgets that a partition was once not known as soon as it is', async () => {
    const brokers = new Brokers([0], 10)
    const loop = loopOver(brokers, 1000)
    brokers.errors.set(0, brokerCodes.unknownTopicOrPartition)
    loop.seek([{ topic: 't', partition: 0, offset: 0 }], 1)
    await loop.poll(50)
    brokers.errors.clear()
    await loop.poll(3200)
    brokers.errors.set(0, brokerCodes.unknownTopicOrPartition)
    expect(await loop.poll(500)).toEqual([])
    brokers.errors.clear()
    brokers.ends[0] = 1
    expect((await loop.poll(5000)).map((one) => one.nextOffset)).toEqual([1])
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
