import { contractVersion, type Store, type StoreAdapter, StreamError } from '@stream/core/adapter'
import { MemoryStore } from './memory-store.ts'

/**
 * A store that keeps its rows in the memory of the process: ordered, not persistent, not shared. A restarted process recovers from the
 * start of the changelogs; within one store object a partition that is closed and opened again still has its rows and its position.
 */
export function memory(): Store {
  return new MemoryStore()
}

/** How `memory://` becomes a store; anything behind the scheme is refused with `STREAM_CONFIG_INVALID`. */
export const memoryAdapter: StoreAdapter = Object.freeze({
  kind: 'store',
  scheme: 'memory',
  contract: contractVersion,
  fromUrl(url: string): Store {
    if (url === 'memory://' || url === 'memory:') return memory()
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: "The memory store takes no address and no options: write 'memory://' and nothing behind it.",
    })
  },
} as const)
