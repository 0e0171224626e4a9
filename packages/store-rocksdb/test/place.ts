import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RowWrite, Store, StoreContext, StorePartition, StorePosition } from '@stream/core/adapter'
import { type RocksdbOptions, rocksdb } from '@stream/store-rocksdb'
import { onTestFinished } from 'vitest'

/** A directory that is gone when the test is over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'stream-rocksdb-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A context that keeps what it is told, as `level message`. */
export function context(given: Partial<StoreContext> = {}): StoreContext & { readonly lines: string[] } {
  const lines: string[] = []
  return { appId: 'app', log: (level, message) => void lines.push(`${level} ${message}`), lines, ...given }
}

/** A started store, closed when the test is over. */
export async function startedStore(options: RocksdbOptions, given: StoreContext = context()): Promise<Store> {
  const store = rocksdb({ cacheBytes: 4 << 20, writeBufferBytes: 4 << 20, ...options })
  onTestFinished(() => store.close())
  await store.start(given)
  return store
}

/** A position whose two fields differ. */
export function at(changelogOffset: number): StorePosition {
  return { changelogOffset, writtenAtMs: 1_700_000_000_000 + changelogOffset }
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text))
}

/** Rows of text; null deletes. */
export function rows(of: Readonly<Record<string, string | null>>): RowWrite[] {
  return Object.entries(of).map(([key, value]) => [bytes(key), value === null ? null : bytes(value)])
}

/** The value of a text key, as text. */
export async function textAt(partition: StorePartition, key: string): Promise<string | undefined> {
  const value = await partition.get(bytes(key))
  return value === undefined ? undefined : Buffer.from(value).toString()
}

/** A store with one row, closed again: what a worker has left behind. */
export async function leaveState(path: string, table = 't', given: StoreContext = context()): Promise<void> {
  const store = rocksdb({ path, cacheBytes: 4 << 20, writeBufferBytes: 4 << 20 })
  await store.start(given)
  const partition = await store.open({ table, partition: 0 })
  await store.apply([{ partition, rows: rows({ a: '1' }), position: at(5) }])
  await store.close()
}
