import type { Layer } from './entry.ts'

/** Whoever needs rows as they were before a cut changes them. */
export interface RowKeeper {
  /** Whether a row that this layer changes must be kept as it is. */
  wants(layer: Layer | undefined, keyBytes: Uint8Array): boolean
  /** Keeps a row; undefined: there was none. */
  keep(keyBytes: Uint8Array, bytes: Uint8Array | undefined): void
}
