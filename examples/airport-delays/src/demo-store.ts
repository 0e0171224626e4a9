import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreAdapter } from '@stream/core'
import type { Store } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'

/** Where the tables of the demo's workers live. */
export interface DemoStore {
  /** For people. */
  readonly name: string
  /** For workers that are programs of their own; undefined: what the program itself says. */
  readonly address: string | undefined
  /** A store as a process that has just started makes it. */
  make(): Store
  /** Removes what the workers have left behind. */
  remove(): void
}

/** Adapters besides the one in memory: installed only where they are asked for, so that no type of theirs is at hand. */
const packages: Readonly<Record<string, string>> = { rocksdb: '@stream/store-rocksdb' }

/** A store in memory, unless the address of another one is given. */
export async function demoStore(address: string | undefined, prefix: string): Promise<DemoStore> {
  if (address === undefined || address === '' || address.startsWith('memory:')) {
    return { name: 'memory', address: undefined, make: () => memory(), remove: () => undefined }
  }
  const [, scheme = '', path = '', query = ''] = /^([^:]*):\/\/([^?]*)(.*)$/.exec(address) ?? []
  const packageName = packages[scheme]
  if (packageName === undefined || path === '') {
    throw new Error('STREAM_STORE: the demo keeps its tables in rocksdb://<directory>, or, without it, in memory.')
  }
  const { default: adapter } = (await import(packageName)) as { readonly default: StoreAdapter }
  // Every run is an app of its own, on a log of its own: the rows of an earlier one are none of its business.
  const directory = join(path, `${prefix}${process.pid}`)
  const own = `${scheme}://${directory}${query}`
  return {
    name: scheme,
    address: own,
    make: () => adapter.fromUrl(own),
    remove: () => rmSync(decodeURIComponent(directory), { recursive: true, force: true }),
  }
}
