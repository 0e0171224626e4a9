import { describeThrown, StreamError, type TopicPartition } from '@stream/core/adapter'
import { attributeBits, type BatchFrame, batchHeaderBytes, readBatchFrame } from './batch-frame.ts'
import { type CodecLookup, type Compression, compressions } from './codecs.ts'
import { withCompressed } from './record-encoder.ts'

/** The batch as it goes to the broker; one that would grow is left as it is. */
export async function compressBatch(batch: Buffer, compression: Compression, lookup: CodecLookup): Promise<Buffer> {
  if (compression === 'none') return batch
  const number = compressions.indexOf(compression)
  const codec = await lookup(number)
  const compressed = await codec.compress(batch.subarray(batchHeaderBytes))
  return compressed.length < batch.length - batchHeaderBytes ? withCompressed(batch, compressed, number) : batch
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

/** The records of compressed batches, or why there are none, by the batch's start. */
export type Decompressed = ReadonlyMap<number, Buffer | StreamError>

/** Inflates all compressed batches of a record set, off the event loop where the codec can. Never rejects. */
export async function decompressBatches(
  bytes: Buffer,
  lookup: CodecLookup,
  place: TopicPartition,
): Promise<Decompressed> {
  const inflated = new Map<number, Buffer | StreamError>()
  const work: Promise<void>[] = []
  for (let at = 0; ; ) {
    const frame = readBatchFrame(bytes, at, bytes.length)
    if (frame === undefined) break
    if (frame.attributes & attributeBits.compression) {
      work.push(inflate(bytes, frame, lookup, place).then((result) => void inflated.set(frame.start, result)))
    }
    at = frame.end
  }
  await Promise.all(work)
  return inflated
}

async function inflate(
  bytes: Buffer,
  { start, end, attributes, baseOffset, lastOffset }: BatchFrame,
  lookup: CodecLookup,
  { topic, partition }: TopicPartition,
): Promise<Buffer | StreamError> {
  const number = attributes & attributeBits.compression
  const name = compressions[number] ?? `codec ${number}`
  const what = `The batch at offset ${baseOffset} of ${topic}-${partition}, compressed with ${name}, cannot be read`
  const place = { topic, partition, offset: baseOffset, lastOffset, codec: name }
  try {
    const codec = await lookup(number)
    return await codec.decompress(bytes.subarray(start + batchHeaderBytes, end))
  } catch (cause) {
    if (StreamError.is(cause))
      return new StreamError({ code: cause.code, message: `${what}: ${cause.message}`, cause, place })
    return new StreamError({
      code: 'STREAM_RECORD_CORRUPT',
      message: `${what}: ${describeThrown(cause)}. Seek behind it to go on without it`,
      cause,
      place,
    })
  }
}
