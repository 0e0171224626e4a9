import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { rocksdb } from '@stream/store-rocksdb'

/** Small, since a test may have many of them at a time. */
const sizes = { cacheBytes: 2 << 20, writeBufferBytes: 4 << 20 }

const makers = {
  memory: () => memory(),
  rocksdb: (directory: string) => rocksdb({ path: directory, ...sizes }),
} as const satisfies Readonly<Record<string, (directory: string) => Store>>

/** The stores that the suite runs on. */
export type StoreKind = keyof typeof makers

/** The store of apps that say nothing else: `STREAM_TEST_STORE=rocksdb` runs the whole suite on another one. */
export function chosenStoreKind(): StoreKind {
  const kind = process.env.STREAM_TEST_STORE ?? 'memory'
  if (Object.hasOwn(makers, kind)) return kind as StoreKind
  throw new Error(`STREAM_TEST_STORE must be one of ${Object.keys(makers).join(', ')}, not "${kind}"`)
}

/** Where the stores of one test are made; each is as new as that of a process that has nothing but the log. */
export class StorePlace {
  readonly #directory: string = mkdtempSync(join(tmpdir(), 'stream-tests-'))
  #made = 0

  make(kind: StoreKind): Store {
    return makers[kind](join(this.#directory, String(this.#made++)))
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
