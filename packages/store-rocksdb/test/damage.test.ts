import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StorePartition, StreamError } from '@stream/core/adapter'
import { rocksdb } from '@stream/store-rocksdb'
import { describe, expect, it } from 'vitest'
import { at, bytes, context, startedStore, temporaryDirectory } from './place.ts'

const rowCount = 40_000
const key = (i: number): Uint8Array => bytes(`row ${i}`)
const value = (i: number): Uint8Array => Buffer.alloc(150, `${i} ${Math.imul(i, 2654435761)} `)

/** State with several files of rows, and positions that grow with them. */
async function filled(writeBufferBytes: number = 4 << 20, count: number = rowCount): Promise<string> {
  const path = temporaryDirectory()
  const store = rocksdb({ path, writeBufferBytes, cacheBytes: 1 << 20 })
  await store.start(context())
  const partition = await store.open({ table: 't', partition: 0 })
  for (let from = 0; from < count; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => [key(from + i), value(from + i)] as const)
    await store.apply([{ partition, rows, position: at(from + 1000) }])
    await new Promise((resolve) => setImmediate(resolve))
  }
  await store.close()
  return path
}

/** The largest file of a kind. */
function file(path: string, kind: RegExp): string {
  const folder = join(path, 'rocksdb')
  const found = readdirSync(folder)
    .filter((name) => kind.test(name))
    .map((name) => join(folder, name))
  return found.sort((a, b) => statSync(b).size - statSync(a).size)[0]!
}

function overwrite(name: string, where: number): void {
  const content = readFileSync(name)
  content.fill(0x5a, Math.floor(content.length * where), Math.floor(content.length * where) + 24)
  writeFileSync(name, content)
}

const cutInHalf = (name: string): void => truncateSync(name, Math.floor(statSync(name).size / 2))
const asideIn = (path: string): string[] => readdirSync(path).filter((name) => name.includes('damaged-'))

describe('a database that cannot be opened', () => {
  it.each<[string, (path: string) => void]>([
    ['has lost CURRENT', (path) => rmSync(file(path, /^CURRENT/))],
    [
      'has lost CURRENT and its log',
      (path) => {
        rmSync(file(path, /^CURRENT/))
        rmSync(file(path, /\.log$/))
      },
    ],
    ['has an empty CURRENT', (path) => writeFileSync(file(path, /^CURRENT/), '')],
    ['has lost its manifest', (path) => rmSync(file(path, /^MANIFEST/))],
    ['has a manifest with strange bytes', (path) => overwrite(file(path, /^MANIFEST/), 0.5)],
    ['has lost a file of rows', (path) => rmSync(file(path, /\.sst$/))],
    ['has half a file of rows', (path) => cutInHalf(file(path, /\.sst$/))],
    ['has a file of rows with a strange end', (path) => overwrite(file(path, /\.sst$/), 0.999)],
  ])('because it %s is set aside, loudly, and an empty one takes its place', async (_, spoil) => {
    const path = await filled()
    spoil(path)
    const given = context()
    const store = await startedStore({ path }, given)
    const partition = await store.open({ table: 't', partition: 0 })
    expect(partition.position).toBeUndefined()
    expect(await partition.get(key(1))).toBeUndefined()
    const [aside, ...others] = asideIn(path)
    expect(others).toEqual([])
    expect(given.lines).toHaveLength(1)
    expect(given.lines[0]).toMatch(/^error .*rebuilt from their changelogs/)
    expect(given.lines[0]).toContain(join(path, aside!))
    await store.apply([{ partition, rows: [[key(1), value(1)]], position: at(1) }])
    expect(await partition.get(key(1))).toEqual(value(1))
  })
})

it.each<[string, (path: string) => void]>([
  ['has strange bytes in its middle', (path) => overwrite(file(path, /\.log$/), 0.5)],
  ['has lost its end', (path) => cutInHalf(file(path, /\.log$/))],
  ['is gone', (path) => rmSync(file(path, /\.log$/))],
])('a write-ahead log that %s costs the latest writes, and the position goes back with the rows', async (_, spoil) => {
  // All of it fits into one buffer, so that nothing is anywhere else.
  const path = await filled(64 << 20)
  spoil(path)
  const store = await startedStore({ path })
  const partition = await store.open({ table: 't', partition: 0 })
  const changelogOffset = partition.position?.changelogOffset ?? 0
  expect(changelogOffset).toBeLessThan(rowCount)
  expect(changelogOffset % 1000).toBe(0)
  if (changelogOffset > 0) expect(await partition.get(key(changelogOffset - 1))).toEqual(value(changelogOffset - 1))
  expect(await partition.get(key(changelogOffset))).toBeUndefined()
  expect(await partition.count()).toEqual({ rows: changelogOffset, exact: true })
  expect(asideIn(path)).toEqual([])
})

describe('a machine that goes down while a worker runs', () => {
  /** What is on disk while a store is in use; with `logs` of them alive at least, of which the first is empty. */
  async function image(logs: number, change: (holder: Record<string, unknown>) => void): Promise<string> {
    const path = temporaryDirectory()
    const store = await startedStore({ path, writeBufferBytes: 32 << 20 })
    const partition = await store.open({ table: 't', partition: 0 })
    const alive = (): string[] => readdirSync(join(path, 'rocksdb')).filter((name) => name.endsWith('.log'))
    for (let from = 0; from === 0 || alive().length < logs; from += 1000) {
      const rows = Array.from({ length: 1000 }, (_, i) => [key(from + i), value(from + i)] as const)
      await store.apply([{ partition, rows, position: at(from + 1000) }])
    }
    const copy = temporaryDirectory()
    cpSync(path, copy, { recursive: true })
    if (logs > 1) truncateSync(join(copy, 'rocksdb', alive().sort()[0]!), 0)
    const holder = JSON.parse(readFileSync(join(copy, 'holder.json'), 'utf8')) as Record<string, unknown>
    change(holder)
    writeFileSync(join(copy, 'holder.json'), JSON.stringify(holder))
    return copy
  }
  const restarted = (holder: Record<string, unknown>): void => {
    holder.boot = 'another'
  }

  it('leaves a database behind that is set aside where several logs were alive, since an earlier one may have holes', async () => {
    const path = await image(2, restarted)
    const given = context()
    const store = await startedStore({ path }, given)
    expect((await store.open({ table: 't', partition: 0 })).position).toBeUndefined()
    expect(asideIn(path)).toHaveLength(1)
    expect(given.lines[0]).toMatch(/^error .*the machine went down/)
  })

  it('leaves a database behind that is kept where one log was alive', async () => {
    const path = await image(1, restarted)
    const store = await startedStore({ path })
    expect((await store.open({ table: 't', partition: 0 })).position).toEqual(at(1000))
    expect(asideIn(path)).toEqual([])
  })

  it('is told from a process that was killed', async () => {
    const path = await image(1, () => undefined)
    const store = await startedStore({ path })
    expect((await store.open({ table: 't', partition: 0 })).position).toEqual(at(1000))
  })
})

describe('a row that cannot be read', () => {
  /** With several files the engine may meet the damage by itself, when it merges them. */
  async function filledOneFile(): Promise<string> {
    const path = await filled(64 << 20, 2000)
    await (await startedStore({ path })).close()
    expect(readdirSync(join(path, 'rocksdb')).filter((name) => name.endsWith('.sst'))).toHaveLength(1)
    return path
  }

  async function unreadable() {
    const path = await filledOneFile()
    overwrite(file(path, /\.sst$/), 0.4)
    const given = context()
    const store = await startedStore({ path }, given)
    return { path, given, store, partition: await store.open({ table: 't', partition: 0 }) }
  }

  async function firstError(partition: StorePartition): Promise<StreamError> {
    for (let i = 0; i < rowCount; i++) {
      try {
        await partition.get(key(i))
      } catch (error) {
        return error as StreamError
      }
    }
    throw new Error('all rows could be read')
  }

  it('is an error, not an absent row, and the database is set aside at the next start', async () => {
    const { path, given, store, partition } = await unreadable()
    const error = await firstError(partition)
    expect(error).toSatisfy((thrown) => StreamError.is(thrown, 'STREAM_STORE_FAILED'))
    expect(error.retryable).toBe(false)
    expect(error.message).toContain('set aside')
    expect(given.lines.filter((line) => line.startsWith('error '))).toHaveLength(1)
    await store.close()
    expect(asideIn(path)).toEqual([])

    const next = context()
    const again = await startedStore({ path }, next)
    expect((await again.open({ table: 't', partition: 0 })).position).toBeUndefined()
    expect(asideIn(path)).toHaveLength(1)
    expect(next.lines[0]).toMatch(/^error .*checksum/)
    await again.close()
    const last = context()
    await startedStore({ path }, last)
    expect(last.lines).toEqual([])
  })

  it('has its database set aside at once where it is met by the start itself', async () => {
    const path = await filledOneFile()
    // The store's own books are the first rows.
    overwrite(file(path, /\.sst$/), 0)
    const given = context()
    const store = await startedStore({ path }, given)
    expect((await store.open({ table: 't', partition: 0 })).position).toBeUndefined()
    expect(asideIn(path)).toHaveLength(1)
    expect(given.lines.filter((line) => line.startsWith('error '))).toHaveLength(2)
  })

  it('is met by range and count as well', async () => {
    const { partition } = await unreadable()
    const isStoreFailed = (thrown: unknown): boolean => StreamError.is(thrown, 'STREAM_STORE_FAILED')
    expect(() => partition.range!({}, rowCount)).toThrow(expect.toSatisfy(isStoreFailed))
    await expect(partition.count()).rejects.toSatisfy(isStoreFailed)
  })
})
