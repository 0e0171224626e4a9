import assert from 'node:assert/strict'
import type { RowWrite, Store, StorePartition, StorePosition } from '@stream/core/adapter'
import { bytes } from '../kit/index.ts'
import type { StoreConformanceOptions } from './store-options.ts'

/** What one case works with: stores that are closed behind it, and tables nobody else has. */
export interface StoreLab {
  readonly options: Required<StoreConformanceOptions>
  /** A started store; the one of the case before is closed. */
  store(): Promise<Store>
  /** A store that nobody started. */
  unstartedStore(): Promise<Store>
  /** A table name of this case alone. */
  table(): string
  /** A partition of a table of its own. */
  partition(): Promise<{ readonly store: Store; readonly partition: StorePartition }>
  cleanUp(): Promise<void>
}

/** A case of the kit. */
export interface StoreCase {
  readonly title: string
  run(lab: StoreLab): Promise<void>
}

/** Cases under one heading. */
export interface StoreGroup {
  readonly title: string
  readonly cases: readonly StoreCase[]
}

/** Makes the lab of one run; tables carry the run's mark, since a persistent place may hold those of earlier runs. */
export function storeLab(options: Required<StoreConformanceOptions>): StoreLab {
  const runMark = `${Date.now().toString(36)}${Math.trunc(Math.random() * 1e6).toString(36)}`
  let tables = 0
  let opened: Store[] = []
  const lab: StoreLab = {
    options,
    async unstartedStore() {
      const store = await options.open()
      opened.push(store)
      return store
    },
    async store() {
      const store = await lab.unstartedStore()
      await store.start({ appId: 'conformance', log: () => undefined })
      return store
    },
    table: () => `conformance-${runMark}-${++tables}`,
    async partition() {
      const store = await lab.store()
      return { store, partition: await store.open({ table: lab.table(), partition: 0 }) }
    },
    async cleanUp() {
      const closing = opened
      opened = []
      // Whether a store closes well is proven by the cases on closing.
      await Promise.allSettled(closing.map((store) => store.close()))
    },
  }
  return lab
}

/** A position whose two fields differ from those of any other offset. */
export function positionAt(changelogOffset: number): StorePosition {
  return { changelogOffset, writtenAtMs: 1_700_000_000_000 + changelogOffset }
}

/** Rows of text; null deletes. */
export function textRows(rows: Readonly<Record<string, string | null>>): RowWrite[] {
  return Object.entries(rows).map(([key, value]) => [bytes(key), value === null ? null : bytes(value)])
}

/** The value of a text key, as text. */
export async function textAt(partition: StorePartition, key: string): Promise<string | undefined> {
  const value = await partition.get(bytes(key))
  return value === undefined ? undefined : Buffer.from(value).toString()
}

/** Asserts the count, or that an estimate is a possible one. */
export async function assertCount(partition: StorePartition, rows: number): Promise<void> {
  const count = await partition.count()
  if (count.exact) assert.equal(count.rows, rows, `count() must be ${rows}, but it is ${count.rows} and called exact`)
  else
    assert.ok(
      Number.isSafeInteger(count.rows) && count.rows >= 0,
      `count() must be a number of rows, not ${count.rows}`,
    )
}
