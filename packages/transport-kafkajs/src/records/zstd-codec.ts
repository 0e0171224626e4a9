import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { Codec } from './codec.ts'

type ZstdFunction = (bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) => void

/** Room for a frame that does not say how large it becomes, which is how streams write it. */
const leastRoomBytes = 1 << 20
const mostRoomBytes = 1 << 30
const levelOfKafka = 3

/** The package has one WebAssembly instance in a process, and a second `init()` would exchange it while it is at work. */
let initialised: Promise<unknown> | undefined

/** Node's own from 22.15 on; before that the package `@bokuweb/zstd-wasm`, which the application installs. */
export async function zstdCodec(): Promise<Codec> {
  // The types are those of the oldest Node, which lacks them.
  const { zstdCompress, zstdDecompress } = zlib as { zstdCompress?: ZstdFunction; zstdDecompress?: ZstdFunction }
  if (zstdCompress !== undefined && zstdDecompress !== undefined) {
    return {
      compress: promisify<Uint8Array, Buffer>(zstdCompress),
      decompress: promisify<Uint8Array, Buffer>(zstdDecompress),
    }
  }
  const { init, compress, decompress } = await import('@bokuweb/zstd-wasm')
  initialised ??= init()
  await initialised
  return {
    compress: async (records) => compress(records, levelOfKafka),
    decompress: async (packed) => {
      for (let room = Math.max(leastRoomBytes, packed.length * 8); ; room *= 4) {
        try {
          return Buffer.from(decompress(packed, { defaultHeapSize: room }))
        } catch (error) {
          if (!isTooSmall(error) || room > mostRoomBytes) throw error
        }
      }
    },
  }
}

/** zstd's error 70: the destination is too small. */
function isTooSmall(error: unknown): boolean {
  return error instanceof Error && error.message.includes('-70')
}
