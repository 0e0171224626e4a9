import { createHash, type Hash } from 'node:crypto'
import type { StorePartitionId, StorePosition } from '@stream/core/adapter'

/** Of the files; a reader takes no other. */
export const formatVersion = 1
const magic = 'stream memory snapshot\n'

/** How every file begins, whatever its version. */
export const prefixBytes: number = magic.length + 1
export const lengthBytes = 4
export const digestBytes = 32

/** Kinds of frames, each told by its first byte: one header, rows, one end. */
export const frameKinds = { header: 1, rows: 2, end: 3 } as const

/** What the first frame says, as JSON. */
export interface SnapshotHeader extends StorePartitionId, StorePosition {
  readonly app: string
  /** Serdes of the table's keys and values; absent where they were not known. */
  readonly format?: string
}

export function prefix(): Buffer {
  return Buffer.from(`${magic}${String.fromCharCode(formatVersion)}`, 'latin1')
}

/** The version of a file that begins like this; undefined where it is no snapshot. */
export function versionOf(bytes: Buffer): number | undefined {
  return bytes.toString('latin1', 0, magic.length) === magic ? bytes[magic.length] : undefined
}

/**
 * Marks each frame with a SHA-256 of the file up to its end: a frame that is changed, missing, swapped or of another file does not fit.
 */
export class FrameSeal {
  readonly #hash: Hash = createHash('sha256').update(prefix())

  /** For all bytes of the next frame, its length included. */
  of(frame: Uint8Array): Buffer {
    return this.#hash.update(frame).copy().digest()
  }
}
