import { contractVersion, type Store, type StoreAdapter } from '@stream/core/adapter'
import { type MemoryOptions, settleOptions } from './memory-options.ts'
import { MemoryStore } from './memory-store.ts'
import { optionsFromUrl } from './memory-url.ts'

/**
 * A store that keeps its rows in the memory of the process: ordered, not shared. Within one store object a partition that is closed and
 * opened again still has its rows and its position. A restarted process recovers from the start of the changelogs; with `snapshot`, which
 * makes the store persistent, from the last snapshot on.
 *
 * Throws `STREAM_CONFIG_INVALID` for an option that is unknown or out of range.
 */
export function memory(options: MemoryOptions = {}): Store {
  return new MemoryStore(settleOptions(options))
}

/** How `memory://` and `memory://./state` become a store. */
export const memoryAdapter: StoreAdapter = Object.freeze({
  kind: 'store',
  scheme: 'memory',
  contract: contractVersion,
  fromUrl: (url: string): Store => memory(optionsFromUrl(url)),
} as const)
