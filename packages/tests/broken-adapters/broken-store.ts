import type { MaybePromise, Store, StorePartition, StorePartitionId, StoreWrite } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { override } from './override.ts'

/** A store with one broken promise, and the cases that must notice. */
export interface BrokenStore {
  readonly promise: string
  readonly fails: readonly string[]
  open(): Store
}

/** How the memory store is bent. */
export interface StoreBend {
  readonly store?: Partial<Store>
  /** Replaces what a partition does; `inner` is the real one. */
  readonly partition?: (inner: StorePartition) => Partial<StorePartition>
  readonly openId?: (id: StorePartitionId) => StorePartitionId
  readonly apply?: (writes: readonly StoreWrite[], inner: Store) => MaybePromise<void>
}

/** The memory store, bent; `apply` gets writes that name the real partitions. */
export function bentStore({ store = {}, partition, openId, apply }: StoreBend): Store {
  const inner = memory()
  const real = new Map<StorePartition, StorePartition>()
  return override(inner, {
    async open(id) {
      const opened = await inner.open(openId ? openId(id) : id)
      const bent = override(opened, { id, ...partition?.(opened) })
      real.set(bent, opened)
      return bent
    },
    apply(writes) {
      const translated = writes.map((write) => ({ ...write, partition: real.get(write.partition) ?? write.partition }))
      return apply ? apply(translated, inner) : inner.apply(translated)
    },
    ...store,
  })
}
