import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { double, json, type RecoveryEvent, type Sensor, string } from '@stream/core'
import { rocksdb } from '@stream/store-rocksdb'
import { memory } from '@stream/transport-memory'
import { expect, it, onTestFinished } from 'vitest'
import { failureOf, reached, Stage } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const keys = keysOf(0, 1, 50)

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'stream-restarts-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function scene() {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  const worker = (path: string, sensor?: Sensor) => {
    const transport = memory({ log: cluster.log })
    const app = stage.app({
      transport,
      store: rocksdb({ path, cacheBytes: 2 << 20, writeBufferBytes: 4 << 20 }),
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

it('a worker that was stopped comes back with its rows, and replays nothing', async () => {
  const { worker, count } = await scene()
  const path = directory()
  const first = worker(path)
  await first.app.start()
  for (let round = 0; round < 3; round++) await count()
  await first.app.stop()
  const second = worker(path)
  await second.app.start()
  await reached(second.app, 'running')
  expect(replayed(second.recoveries)).toBe(0)
  for (const key of keys) expect(await second.counts.query(key)).toBe(3)
  expect((await count()).get(keys[0]!)).toBe(4)
})

it('a worker that dies between the commit and its store rolls forward by the rows of that cut alone', async () => {
  const { worker, count, cluster, stage } = await scene()
  const [path, image] = [directory(), directory()]
  let isDoomed = false
  const first = worker(path, {
    name: 'death',
    onCutStep: ({ step }) => {
      if (!isDoomed || step !== 'committed') return
      isDoomed = false
      // What a killed process leaves behind: nothing is closed, and nothing of it reaches the log any more.
      cpSync(path, image, { recursive: true })
      cluster.log.crash(first.transport)
    },
  })
  await first.app.start()
  for (let round = 0; round < 3; round++) await count()
  isDoomed = true
  const last = keys.slice(0, 7)
  await count(last)
  const second = worker(image)
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

it('files that are damaged are set aside, loudly, and the table is rebuilt from its changelog', async () => {
  const { worker, count, stage } = await scene()
  const path = directory()
  const first = worker(path)
  await first.app.start()
  await count()
  await first.app.stop()
  const manifest = readdirSync(join(path, 'rocksdb')).find((name) => name.startsWith('MANIFEST'))!
  const file = join(path, 'rocksdb', manifest)
  writeFileSync(file, readFileSync(file).fill(0x5a, 8, 40))
  const second = worker(path)
  await second.app.start()
  await reached(second.app, 'running')
  expect(stage.lines.filter((line) => line.startsWith('error '))).toEqual([
    expect.stringContaining('rebuilt from their changelogs'),
  ])
  expect(replayed(second.recoveries)).toBeGreaterThanOrEqual(keys.length)
  expect((await count()).get(keys[0]!)).toBe(2)
})

it('rows of a table that the app has no more are reported; rows of another format are refused', async () => {
  const { worker, count, stage, cluster } = await scene()
  const path = directory()
  const first = worker(path)
  await first.app.start()
  await count()
  await first.app.stop()
  const next = (table: string) => {
    const app = stage.app({ transport: memory({ log: cluster.log }), store: rocksdb({ path }) })
    const rows = app.table(table, { key: string(), value: double() })
    app.handler('h', { source: app.topic(stage.named('in'), formats), tables: { rows } }, () => undefined)
    return app
  }
  const renamed = next('sums')
  await renamed.start()
  await reached(renamed, 'running')
  expect(stage.lines).toContainEqual(expect.stringMatching(/^warn .*-counts-changelog.*dropUnknownTables/))
  await renamed.stop()
  const changed = next('counts')
  const failure = failureOf(changed)
  await changed.start().catch(() => undefined)
  expect((await failure).message).toMatch(/-counts-changelog.*\(string, json\).*\(string, double\)/)
  expect((await failure).code).toBe('STREAM_STATE_INVALID')
})
