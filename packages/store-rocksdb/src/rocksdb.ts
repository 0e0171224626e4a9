import { contractVersion, type Store, type StoreAdapter } from '@stream/core/adapter'
import { type RocksdbOptions, settleOptions } from './rocksdb-options.ts'
import { RocksdbStore } from './rocksdb-store.ts'
import { optionsFromUrl } from './rocksdb-url.ts'

/**
 * A store that keeps its rows on disk, in one RocksDB database per worker: persistent, ordered, not shared. A restarted worker replays
 * only what its changelogs have beyond the position of its rows, after SIGKILL as well. Reads are answered at once.
 *
 * Throws `STREAM_CONFIG_INVALID` for an option that is unknown or out of range. Whether the engine runs on this machine shows when the app
 * starts.
 */
export function rocksdb(options: RocksdbOptions = {}): Store {
  return new RocksdbStore(settleOptions(options))
}

/** How `rocksdb://./state` becomes a store. */
export const rocksdbAdapter: StoreAdapter = Object.freeze({
  kind: 'store',
  scheme: 'rocksdb',
  contract: contractVersion,
  fromUrl: (url: string): Store => rocksdb(optionsFromUrl(url)),
} as const)
