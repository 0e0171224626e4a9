import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryLog, type MemoryLogOptions, type MemoryTransport, memory } from '../src/index.ts'
import { at, bytes, Member, record, seeded, text } from './rig.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

let folder: string
let path: string
let clock: VirtualClock

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snapshot-'))
  path = join(folder, 'log.snapshot')
  clock = new VirtualClock()
})

afterEach(() => rm(folder, { recursive: true }))

async function started(
  options: MemoryLogOptions = {},
): Promise<{ readonly log: MemoryLog; readonly transport: MemoryTransport }> {
  const log = new MemoryLog({ clock, random: seeded(1), ...options })
  const transport = memory({ log, snapshot: { path, intervalMs: 1_000 } })
  await transport.open({ log: () => {} })
  return { log, transport }
}

async function send(transport: MemoryTransport, key: string, value: string | null): Promise<void> {
  await transport
    .producer({ deliveryTimeoutMs: 1_000 })
    .send([{ topic: 't', partition: 0, records: [record(key, value)] }])
}

describe('a snapshot', () => {
  it('brings everything back: topics, records, holes, offsets, generations, producer epochs', async () => {
    const first = await started()
    const configs = { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' }
    first.log.createTopic({ name: 't', partitions: 2, configs })
    const headers = [
      ['h', bytes('x')],
      ['n', null],
    ] as const
    const producer = first.transport.producer({ deliveryTimeoutMs: 1_000 })
    await producer.send([
      { topic: 't', partition: 1, records: [{ key: bytes('k'), value: new Uint8Array(0), headers, timestamp: 7 }] },
    ])
    for (const [key, value] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
      ['b', null],
    ] as const)
      await send(first.transport, key, value)
    first.log.compact()
    const member = new Member(first.transport)
    await settle()
    const committer = first.transport.committer({ transactionalId: 'x', timeoutMs: 5_000 })
    await committer.init()
    await committer.commit({ out: [], offsets: [at('t', 0, 3)], group: member.handle! })
    const { generation } = member.handle!
    const before = [0, 1].map((partition) => [first.log.offsets('t', partition), first.log.records('t', partition)])
    await first.transport.close()

    const second = await started()
    expect([0, 1].map((partition) => [second.log.offsets('t', partition), second.log.records('t', partition)])).toEqual(
      before,
    )
    const admin = second.transport.admin()
    expect((await admin.describeTopics(['t'])).get('t')?.configs).toMatchObject(configs)
    const heir = new Member(second.transport)
    await settle()
    expect(await heir.consumer.committed([{ topic: 't', partition: 0 }])).toEqual([at('t', 0, 3)])
    expect(heir.handle!.generation).toBeGreaterThan(generation)
    await clock.advance(1_000)
    second.log.compact()
    expect(second.log.records('t', 0).map((one) => text(one.value))).toEqual(['2'])
    await send(second.transport, 'c', '1')
    expect(second.log.offsets('t', 0).end).toBe(5)
    await second.transport.close()
  })

  it('ends a transaction that was open as aborted, and one that was decided as decided', async () => {
    const first = await started({ markerDelayMs: 60_000 })
    first.log.createTopic({ name: 't', partitions: 2 })
    const worker = memory({ log: first.log })
    await worker.open({ log: () => {} })
    const member = new Member(worker)
    await settle()
    const requestTo = (partition: number) => ({
      out: [{ topic: 't', partition, records: [record('k', 'v')] }],
      offsets: [at('t', partition, 9)],
      group: member.handle!,
    })
    const decided = worker.committer({ transactionalId: 'decided', timeoutMs: 90_000 })
    await decided.init()
    expect((await decided.commit(requestTo(0))).kind).toBe('committed')
    const open = worker.committer({ transactionalId: 'open', timeoutMs: 90_000 })
    await open.init()
    first.log.faults.at('commit:before-end', { kind: 'crash' })
    void open.commit(requestTo(1))
    await settle()
    await first.log.saveSnapshot()
    const second = await started()
    expect(second.log.records('t', 0)).toHaveLength(1)
    expect(second.log.records('t', 1)).toHaveLength(0)
    expect(second.log.offsets('t', 1)).toEqual({ start: 0, stable: 2, end: 2 })
    const heir = new Member(second.transport)
    await settle()
    const found = await heir.consumer.committed([0, 1].map((partition) => ({ topic: 't', partition })))
    expect(found.map(({ offset }) => offset)).toEqual([9, undefined])
  })

  it('is written by itself while there is something new, as a whole and under its name only when it is whole', async () => {
    const { log, transport } = await started()
    log.createTopic({ name: 't' })
    await send(transport, 'a', '1')
    await clock.advance(1_000)
    await log.saveSnapshot()
    const written = await stat(path)
    expect(await readdir(folder)).toEqual(['log.snapshot'])
    await clock.advance(5_000)
    await log.saveSnapshot()
    expect((await stat(path)).mtimeMs).toBe(written.mtimeMs)
    await send(transport, 'a', '2')
    log.crash(transport)
    const second = await started()
    expect(second.log.records('t', 0)).toHaveLength(1)
  })

  it('that is damaged is refused with its name, whichever byte is wrong', async () => {
    const { log, transport } = await started()
    log.createTopic({ name: 't' })
    await send(transport, 'a', '1')
    await transport.close()
    const good = await readFile(path)
    for (let i = 0; i < good.length; i += 7) {
      const bad = Buffer.from(good)
      bad[i] = (bad[i] as number) ^ 0x10
      await writeFile(path, bad)
      await expect(started()).rejects.toMatchObject({
        code: expect.stringMatching(/^STREAM_(RECORD_CORRUPT|NOT_SUPPORTED)$/),
        place: { path },
      })
    }
    for (const length of [0, 5, 20, good.length - 1]) {
      await writeFile(path, good.subarray(0, length))
      await expect(started()).rejects.toMatchObject({ code: 'STREAM_RECORD_CORRUPT' })
    }
    await writeFile(path, good)
    expect((await started()).log.records('t', 0)).toHaveLength(1)
  })

  it('needs a folder that exists, an empty log, and one file per log', async () => {
    const lost = memory({ log: new MemoryLog({ clock }), snapshot: { path: join(folder, 'no', 'file') } })
    await expect(lost.open({ log: () => {} })).rejects.toMatchObject({ code: 'STREAM_CONFIG_INVALID' })
    const { log, transport } = await started()
    log.createTopic({ name: 't' })
    const other = memory({ log, snapshot: { path: join(folder, 'other') } })
    await expect(other.open({ log: () => {} })).rejects.toMatchObject({ code: 'STREAM_CONFIG_INVALID' })
    await transport.close()
    const full = new MemoryLog({ clock })
    full.createTopic({ name: 'u' })
    const late = memory({ log: full, snapshot: { path } })
    await expect(late.open({ log: () => {} })).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })
})
