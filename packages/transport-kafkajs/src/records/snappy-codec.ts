import type { Codec } from './codec.ts'

/** What is used of the package `snappy`. */
interface RawSnappy {
  compress(records: Uint8Array): Promise<Buffer>
  uncompress(packed: Uint8Array, options: { asBuffer: true }): Promise<Buffer | string>
}

/** How Java's snappy stream begins: a magic, its version and the oldest version that reads it. */
const streamHeader: Buffer = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
const magicBytes = 8

/**
 * Snappy as Kafka has it: Java writes blocks with their sizes behind a header, librdkafka one bare block; both are read, and blocks are
 * written, which everybody reads.
 */
export function snappyCodec(raw: RawSnappy): Codec {
  const unpack = async (packed: Uint8Array): Promise<Buffer> =>
    (await raw.uncompress(packed, { asBuffer: true })) as Buffer
  return {
    compress: async (records) => {
      const block = await raw.compress(records)
      const size = Buffer.allocUnsafe(4)
      size.writeInt32BE(block.length)
      return Buffer.concat([streamHeader, size, block])
    },
    decompress: async (packed) => {
      if (!packed.subarray(0, magicBytes).equals(streamHeader.subarray(0, magicBytes))) return unpack(packed)
      const blocks: Promise<Buffer>[] = []
      for (let at = streamHeader.length; at < packed.length; ) {
        const end = at + 4 + packed.readInt32BE(at)
        if (end > packed.length || end <= at) throw new RangeError('a block ends outside of the batch')
        blocks.push(unpack(packed.subarray(at + 4, end)))
        at = end
      }
      return Buffer.concat(await Promise.all(blocks))
    },
  }
}
