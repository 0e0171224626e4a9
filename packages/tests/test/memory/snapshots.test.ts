import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, type RecoveryEvent, type Sensor, string } from '@stream/core'
import { memory as memoryStore } from '@stream/store-memory'
import { memory } from '@stream/transport-memory'
import { expect, it, onTestFinished, vi } from 'vitest'
import { reached, Stage } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const keys = keysOf(0, 1, 50)

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'stream-snapshots-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const snapshotIn = (path: string): string | undefined => {
  const name = readdirSync(path).find((file) => file.endsWith('.snapshot'))
  return name && join(path, name)
}

async function scene() {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const worker = (path: string, intervalMs: number, sensor?: Sensor) => {
    const transport = memory({ log: cluster.log })
    const app = stage.app({
      transport,
      store: memoryStore({ snapshot: { path, intervalMs } }),
      guarantee: 'exactly_once',
      settings: { workerId: 'one' },
      ...(sensor && { sensors: [sensor] }),
    })
    const out = app.topic(stage.named('out'), formats)
    const counts = app.table('counts', { ...formats, default: () => 0 })
    app.handler(
      'count',
      { source: app.topic(stage.named('in'), formats), outputs: [out], tables: { counts } },
      async (_, event, tables) => {
        event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
      },
    )
    const recoveries: RecoveryEvent[] = []
    app.on('recovery', (event) => void recoveries.push(event))
    return { app, counts, recoveries, transport }
  }
  let sent = 0
  /** Counts every key once more, and waits until that is committed. */
  const count = async (of: readonly string[] = keys) => {
    await cluster.produce(
      stage.named('in'),
      of.map((key) => ({ key, value: 0 })),
    )
    sent += of.length
    const out = await cluster.read(stage.named('out'), sent)
    expect(out).toHaveLength(sent)
    return new Map(out.map(({ key, value }) => [key, value]))
  }
  return { cluster, stage, worker, count }
}

const replayed = (recoveries: readonly RecoveryEvent[]): number =>
  recoveries.filter(({ phase }) => phase === 'end').reduce((sum, { records }) => sum + records, 0)

it('a worker that was stopped comes back with the rows of its last snapshot, and replays nothing', async () => {
  const { worker, count } = await scene()
  const path = directory()
  const first = worker(path, 1e9)
  await first.app.start()
  for (let round = 0; round < 3; round++) await count()
  await first.app.stop()
  const second = worker(path, 1e9)
  await second.app.start()
  await reached(second.app, 'running')
  expect(replayed(second.recoveries)).toBe(0)
  for (const key of keys) expect(await second.counts.query(key)).toBe(3)
  expect((await count()).get(keys[0]!)).toBe(4)
})

it('a worker that dies replays what was committed since its last snapshot, and no more', async () => {
  const { worker, count, cluster, stage } = await scene()
  const [path, image] = [directory(), directory()]
  let isDoomed = false
  const first = worker(path, 1e9, {
    name: 'death',
    onCutStep: ({ step }) => {
      if (!isDoomed || step !== 'committed') return
      isDoomed = false
      cluster.log.crash(first.transport)
    },
  })
  // A stop leaves a snapshot of three rounds; what the next worker does is in none.
  const before = worker(path, 1e9)
  await before.app.start()
  for (let round = 0; round < 3; round++) await count()
  await before.app.stop()
  cpSync(path, image, { recursive: true })
  await first.app.start()
  const last = keys.slice(0, 7)
  isDoomed = true
  await count(last)
  const second = worker(image, 1e9)
  await second.app.start()
  await reached(second.app, 'running')
  expect(replayed(second.recoveries)).toBeGreaterThan(0)
  expect(replayed(second.recoveries)).toBeLessThanOrEqual(last.length)
  for (const key of keys) expect(await second.counts.query(key)).toBe(last.includes(key) ? 4 : 3)
  expect((await count()).get(last[0]!)).toBe(5)
  expect(await cluster.fold(`${stage.id}-counts-changelog`)).toEqual(
    new Map(keys.map((key) => [key, last.includes(key) ? 5 : 4])),
  )
})

it('snapshots are written while the worker runs', async () => {
  const { worker, count } = await scene()
  const path = directory()
  const { app } = worker(path, 5)
  await app.start()
  await count()
  await vi.waitFor(() => expect(snapshotIn(path)).toBeDefined(), { timeout: 20_000 })
})

it('a snapshot that is damaged is set aside, loudly, and the table is rebuilt from its changelog', async () => {
  const { worker, count, stage } = await scene()
  const path = directory()
  const first = worker(path, 1e9)
  await first.app.start()
  await count()
  await first.app.stop()
  const file = snapshotIn(path)!
  const content = readFileSync(file)
  writeFileSync(file, content.fill(0x5a, content.length - 120, content.length - 100))
  const second = worker(path, 1e9)
  await second.app.start()
  await reached(second.app, 'running')
  expect(stage.lines.filter((line) => line.startsWith('error '))).toEqual([
    expect.stringContaining('rebuilt from the changelog'),
  ])
  expect(replayed(second.recoveries)).toBeGreaterThanOrEqual(keys.length)
  expect((await count()).get(keys[0]!)).toBe(2)
})
