import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { describeThrown, StreamError } from '@stream/core/adapter'
import { attributeBits, batchHeaderBytes, readBatchFrame } from './batch-frame.ts'
import { withCompressed } from './record-encoder.ts'

/** How produced batches are compressed. Batches of other producers are read whatever they use. */
export type Compression = 'none' | 'gzip'

/** A codec as kafkajs' `CompressionCodecs` holds them, by the number in a batch's attributes. */
export interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Gives the codec of that number; throws where nothing is registered for it. */
export type CodecLookup = (codec: number) => Codec

const codecNames: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const gzipCodec = 1
const compressGzip: (bytes: Uint8Array) => Promise<Buffer> = promisify<Uint8Array, Buffer>(gzip)

/** The batch as it goes to the broker; one that would grow is left as it is. */
export async function compressBatch(batch: Buffer, compression: Compression): Promise<Buffer> {
  if (compression === 'none') return batch
  const compressed = await compressGzip(batch.subarray(batchHeaderBytes))
  return compressed.length < batch.length - batchHeaderBytes ? withCompressed(batch, compressed, gzipCodec) : batch
}

/** True where a record set holds a compressed batch, which has to be inflated before it is decoded. */
export function hasCompressed(bytes: Buffer): boolean {
  for (let at = 0; ; ) {
    const frame = readBatchFrame(bytes, at, bytes.length)
    if (frame === undefined) return false
    if (frame.attributes & attributeBits.compression) return true
    at = frame.end
  }
}

/** Inflates all compressed batches of a record set, off the event loop where the codec can; keyed by the batch's start. */
export async function decompressBatches(bytes: Buffer, lookup: CodecLookup): Promise<ReadonlyMap<number, Buffer>> {
  const inflated = new Map<number, Buffer>()
  const work: Promise<void>[] = []
  for (let at = 0; ; ) {
    const frame = readBatchFrame(bytes, at, bytes.length)
    if (frame === undefined) break
    const codec = frame.attributes & attributeBits.compression
    if (codec !== 0) work.push(inflate(bytes.subarray(at + batchHeaderBytes, frame.end), codec, lookup, inflated, at))
    at = frame.end
  }
  await Promise.all(work)
  return inflated
}

async function inflate(
  packed: Buffer,
  codec: number,
  lookup: CodecLookup,
  into: Map<number, Buffer>,
  start: number,
): Promise<void> {
  try {
    into.set(start, await lookup(codec).decompress(packed))
  } catch (cause) {
    const name = codecNames[codec] ?? `codec ${codec}`
    throw new StreamError({
      code: 'STREAM_RECORD_CORRUPT',
      message: `A batch compressed with ${name} cannot be read (${describeThrown(cause)}); for codecs other than gzip register one in kafkajs' CompressionCodecs`,
      cause,
    })
  }
}
