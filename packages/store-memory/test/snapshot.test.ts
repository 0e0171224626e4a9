import { existsSync, linkSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type RowWrite, type Store, type StorePartition, StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { directory, imageOf, snapshotsIn, started } from './place.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const at = (changelogOffset: number) => ({ changelogOffset, writtenAtMs: 1000 + changelogOffset })
const refusal = (code: StreamErrorCode, words: RegExp) =>
  expect.toSatisfy((error) => StreamError.is(error, code) && words.test(error.message))

async function rowsIn(partition: StorePartition): Promise<Map<string, string>> {
  const rows = (await partition.range?.({}, 1e9)) ?? []
  return new Map(rows.map(([key, value]) => [Buffer.from(key).toString(), Buffer.from(value).toString()]))
}

async function write(store: Store, partition: StorePartition, rows: readonly RowWrite[], offset: number) {
  await store.apply([{ partition, rows, position: at(offset) }])
}

/** A directory with a closed store of one partition in it. */
async function closedPlace(rows: readonly RowWrite[] = [[bytes('a'), bytes('1')]]): Promise<string> {
  const path = directory()
  const { store, open } = await started(path)
  await write(store, await open(), rows, 5)
  await store.close()
  return path
}

describe('snapshots', () => {
  it('at any moment, the files are the rows of one position, whatever is written meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 0x7fffffff })), async (numbers) => {
        const below = (most: number): number => (numbers.next().value as number) % most
        const path = directory()
        const { store, open } = await started(path, { intervalMs: 1 })
        const partition = await open()
        const model = new Map<string, string>()
        const history: Map<string, string>[] = [new Map()]
        const change = async (count: number) => {
          const rows: RowWrite[] = []
          for (let i = 0; i < count; i++) {
            const key = `key-${below(6000)}`
            const value = below(4) === 0 ? null : `${below(1e6)}`.padEnd(below(150), '.')
            rows.push([bytes(key), value === null ? null : bytes(value)])
            if (value === null) model.delete(key)
            else model.set(key, value)
          }
          await write(store, partition, rows, history.length)
          history.push(new Map(model))
        }
        await change(6000)
        const images: string[] = []
        for (let round = 0; round < 30; round++) {
          await change(100)
          for (let turn = below(6); turn > 0; turn--) await new Promise<void>((resolve) => setImmediate(resolve))
          if (below(6) === 0) images.push(imageOf(path))
        }
        await vi.waitFor(() => expect(snapshotsIn(path)).toHaveLength(1), { timeout: 20_000 })
        images.push(imageOf(path))
        await store.close()
        images.push(imageOf(path))
        let offset = 0
        for (const image of images) {
          const { lines, open: openAgain } = await started(image)
          const again = await openAgain()
          const found = again.position?.changelogOffset ?? 0
          expect(found).toBeGreaterThanOrEqual(offset)
          offset = found
          expect(again.position).toEqual(offset === 0 ? undefined : at(offset))
          expect(await rowsIn(again)).toEqual(history[offset])
          expect(lines).toEqual([])
        }
        expect(offset).toBe(history.length - 1)
      }),
      { numRuns: 5 },
    )
  })

  it('a file of which any byte changed, or any end is missing, is set aside loudly and gives no rows', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => [bytes(`key-${i}`), bytes('v'.repeat(100))] as const)
    const path = await closedPlace(rows)
    const [file] = snapshotsIn(path) as [string]
    const whole = readFileSync(file)
    const damage = fc.record({ place: fc.nat({ max: whole.length - 1 }), bits: fc.integer({ min: 1, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async ({ place, bits }, isCut) => {
        const damaged = Buffer.from(isCut ? whole.subarray(0, place) : whole)
        if (!isCut) damaged[place] = (damaged[place] as number) ^ bits
        writeFileSync(file, damaged)
        const { store, lines, open } = await started(path)
        const partition = await open()
        expect(partition.position).toBeUndefined()
        expect(partition.count()).toEqual({ rows: 0, exact: true })
        expect(lines).toEqual([expect.stringMatching(/^error .*It is kept as .*rebuilt from the changelog/)])
        expect(snapshotsIn(path)).toEqual([])
        await store.close()
      }),
      { numRuns: 60, examples: [0, 23, 24, 30, whole.length - 1].map((place) => [{ place, bits: 2 }, false]) },
    )
  })

  it('a snapshot of a newer format is set aside, and the message says which', async () => {
    const path = await closedPlace()
    const [file] = snapshotsIn(path) as [string]
    const content = readFileSync(file)
    content[content.indexOf('\n') + 1] = 7
    writeFileSync(file, content)
    const { lines } = await started(path)
    expect(lines).toEqual([expect.stringContaining('format 7')])
  })

  it('destroy removes the file, also while it is being written', async () => {
    const path = await closedPlace()
    const { store, open } = await started(path, { intervalMs: 1 })
    const partition = await open()
    await write(store, partition, [[bytes('b'), bytes('x'.repeat(1 << 20))]], 9)
    await vi.waitFor(() => expect(readFileSync(snapshotsIn(path)[0] as string).length).toBeGreaterThan(1 << 20), {
      timeout: 20_000,
    })
    await write(store, partition, [[bytes('c'), bytes('x'.repeat(1 << 20))]], 10)
    await partition.destroy()
    expect(snapshotsIn(path)).toEqual([])
    await store.close()
    expect(snapshotsIn(path)).toEqual([])
  })

  it('a snapshot that cannot be written is reported, leaves the former one, and is tried again', async () => {
    const path = await closedPlace()
    const [file] = snapshotsIn(path) as [string]
    const former = readFileSync(file)
    const { store, lines, open } = await started(path, { intervalMs: 5 })
    const partition = await open()
    mkdirSync(`${file}.unfinished`)
    await write(store, partition, [[bytes('b'), bytes('2')]], 9)
    await vi.waitFor(() => expect(lines).toContainEqual(expect.stringMatching(/^error .*tried again/)), {
      timeout: 20_000,
    })
    expect(readFileSync(file)).toEqual(former)
    expect(partition.get(bytes('b'))).toEqual(bytes('2'))
    rmdirSync(`${file}.unfinished`)
    await vi.waitFor(() => expect(readFileSync(file)).not.toEqual(former), { timeout: 20_000 })
  })

  it('large partitions are written and read over many turns of the event loop', async () => {
    const path = directory()
    const { store, open } = await started(path)
    const rows = Array.from({ length: 50_000 }, (_, i) => [bytes(`key-${i}`), bytes('v'.repeat(50))] as const)
    await write(store, await open(), rows, 1)
    let turns = 0
    let isWatching = true
    const watch = (): void => {
      turns++
      if (isWatching) setImmediate(watch)
    }
    watch()
    await store.close()
    expect(turns).toBeGreaterThan(20)
    turns = 0
    const again = await (await started(path)).open()
    isWatching = false
    expect(turns).toBeGreaterThan(20)
    expect(again.count()).toEqual({ rows: 50_000, exact: true })
  })
})

describe('the directory of snapshots', () => {
  it('has one holder at a time, who is named', async () => {
    const path = directory()
    const { store } = await started(path)
    await expect(started(path)).rejects.toEqual(refusal('STREAM_STATE_INVALID', /in use by this process .*app "app"/))
    await store.close()
    await started(path)
  })

  it('has one holder also where its path is longer than that of a socket may be', async () => {
    const path = join(directory(), 'long'.repeat(30))
    await started(path)
    await expect(started(path)).rejects.toEqual(refusal('STREAM_STATE_INVALID', /in use/))
  })

  it('is taken over from a holder that was killed', async () => {
    const path = directory()
    // A socket that nobody listens on is what it leaves behind.
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(path, 'lock-x'), resolve))
    linkSync(join(path, 'lock-x'), join(path, 'lock-00000000'))
    await new Promise((resolve) => server.close(resolve))
    await started(path)
    expect(existsSync(join(path, 'lock-00000000'))).toBe(false)
  })

  it('of another app, and of another store, is refused', async () => {
    const path = await closedPlace()
    await expect(started(path, { context: { appId: 'other' } })).rejects.toEqual(
      refusal('STREAM_STATE_INVALID', /state of app "app", not of "other".*path of its own/),
    )
    writeFileSync(join(path, 'stream-state.json'), '{"store":"rocksdb","format":1,"app":"app"}')
    await expect(started(path)).rejects.toEqual(refusal('STREAM_STATE_INVALID', /rocksdb, format 1/))
  })

  it('with rows in another format is refused; tables that are no more are reported', async () => {
    const path = directory()
    const tables = [{ table: 't', format: 'string, json' }]
    const { store, open } = await started(path, { context: { tables } })
    await write(store, await open(), [], 5)
    await store.close()
    await expect(started(path, { context: { tables: [{ table: 't', format: 'string, double' }] } })).rejects.toEqual(
      refusal('STREAM_STATE_INVALID', /\(string, json\).*\(string, double\)/),
    )
    const { lines } = await started(path, { context: { tables: [] } })
    expect(lines).toEqual([expect.stringMatching(/^warn .*"t".*can be deleted/)])
  })

  it('that is a file is refused at the start', async () => {
    const path = join(directory(), 'file')
    writeFileSync(path, '')
    await expect(started(path)).rejects.toEqual(refusal('STREAM_CONFIG_INVALID', /is a file; give memory/))
  })

  it('comes from the setting stateDir, or else is missing', async () => {
    const stateDir = directory()
    const context = { appId: 'app', log: () => undefined }
    const store = memory({ snapshot: {} })
    await store.start({ ...context, stateDir })
    expect(existsSync(join(stateDir, 'app.memory'))).toBe(true)
    await store.close()
    await expect(memory({ snapshot: {} }).start(context)).rejects.toEqual(refusal('STREAM_CONFIG_INVALID', /missing/))
  })
})
