import type { OutRecord } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { type CodecSource, type CodecSources, Codecs, type Compression, compressions } from './codecs.ts'
import { compressBatch, decompressBatches, hasCompressed } from './compression.ts'
import { decodeRecordSet, type RecordSet } from './record-decoder.ts'
import { type BatchIdentity, encodeBatch } from './record-encoder.ts'

const plain: BatchIdentity = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
const place = { topic: 't', partition: 3 }
const lookup = new Codecs().of

const records = (count: number): OutRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: null, value: Buffer.from(`value ${i}`.repeat(5)), timestamp: i }))

/** A compressed batch as the broker stores it. */
async function packed(compression: Compression, baseOffset: number, count = 50): Promise<Buffer> {
  const batch = Buffer.from(await compressBatch(encodeBatch(records(count), 0, count, plain), compression, lookup))
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  return batch
}

async function decoded(bytes: Buffer, more: Partial<RecordSet> = {}) {
  const decompressed = await decompressBatches(bytes, lookup, place)
  const set = {
    ...place,
    fetchOffset: 0,
    bytes,
    isolation: 'read_committed',
    aborted: [],
    verifyChecksums: true,
  } as const
  return decodeRecordSet({ ...set, decompressed, ...more })
}

describe('batches compressed', () => {
  it.each(compressions.filter((one) => one !== 'none'))('with %s come back the same', async (compression) => {
    const batch = await packed(compression, 7)
    expect(batch.length).toBeLessThan(encodeBatch(records(50), 0, 50, plain).length / 2)
    expect(hasCompressed(batch)).toBe(true)
    const { records: found, nextOffset, error } = await decoded(batch, { fetchOffset: 7 })
    expect(error).toBeUndefined()
    expect(found.map((one) => String(one.value))).toEqual(records(50).map((one) => String(one.value)))
    expect(nextOffset).toBe(57)
  })

  it.each(compressions.filter((one) => one !== 'none'))('with %s, a large one too', async (compression) => {
    const many = 60_000
    const { records: found, error } = await decoded(await packed(compression, 0, many))
    expect([found.length, error]).toEqual([many, undefined])
    expect(String(found.at(-1)?.value)).toBe(`value ${many - 1}`.repeat(5))
  })

  it.each(compressions.filter((one) => one !== 'none'))(
    'with %s come back the same while more transports than one come to it',
    async (compression) => {
      const number = compressions.indexOf(compression)
      const one = await lookup(number)
      const text = Buffer.from('abc'.repeat(50_000))
      for (let round = 0; round < 5; round++) {
        const loading = new Codecs().of(number)
        for (let turn = 0; turn < 20; turn++) {
          const packed = Buffer.from(await one.compress(text))
          expect((await one.decompress(packed)).equals(text)).toBe(true)
          await new Promise((resolve) => setImmediate(resolve))
        }
        await loading
      }
    },
  )

  it('stay as they are where that would make them longer', async () => {
    const tiny = encodeBatch([{ key: null, value: Buffer.from('x'), timestamp: 0 }], 0, 1, plain)
    for (const compression of compressions) expect(await compressBatch(tiny, compression, lookup)).toBe(tiny)
  })

  it('with bare snappy, as librdkafka has it, are read', async () => {
    const { compress } = await import('snappy')
    const codec = await lookup(compressions.indexOf('snappy'))
    expect(String(await codec.decompress(await compress(Buffer.from('bare'))))).toBe('bare')
  })

  it.each(compressions.filter((one) => one !== 'none'))(
    'with %s and damaged name the topic, the partition and the offset, and those before them are there',
    async (compression) => {
      const damaged = await packed(compression, 50)
      damaged.fill(0xee, 63)
      const {
        records: found,
        nextOffset,
        error,
      } = await decoded(Buffer.concat([await packed(compression, 0), damaged]), {
        verifyChecksums: false,
      })
      expect([found.length, nextOffset]).toEqual([50, 50])
      expect(error?.code).toBe('STREAM_RECORD_CORRUPT')
      expect(error?.message).toContain(`offset 50 of t-3, compressed with ${compression}`)
      expect(error?.place).toMatchObject({ topic: 't', partition: 3, offset: 50 })
    },
  )
})

describe('a codec whose package is not installed', () => {
  const missing = (needs: string): CodecSource => ({
    needs,
    load: () => Promise.reject(new Error(`Cannot find package '${needs}'`)),
  })
  const sources: CodecSources = {
    gzip: missing('none'),
    snappy: missing('snappy'),
    lz4: missing('lz4-napi'),
    zstd: missing('@bokuweb/zstd-wasm'),
  }

  it.each([
    ['snappy', 'snappy'],
    ['lz4', 'lz4-napi'],
    ['zstd', '@bokuweb/zstd-wasm'],
  ] as const)('%s is refused with the package to install, for reading and for writing', async (compression, needs) => {
    const { of } = new Codecs(sources)
    const batch = encodeBatch(records(9), 0, 9, plain)
    await expect(compressBatch(batch, compression, of)).rejects.toMatchObject({
      code: 'STREAM_ADAPTER_MISSING',
      message: expect.stringContaining(`npm install ${needs}`),
    })
    const found = await decompressBatches(await packed(compression, 7), of, place)
    expect([...found.values()]).toMatchObject([
      {
        code: 'STREAM_ADAPTER_MISSING',
        message: expect.stringMatching(
          new RegExp(`offset 7 of t-3, compressed with ${compression}.*npm install ${needs}`),
        ),
        place: { topic: 't', partition: 3, offset: 7 },
      },
    ])
  })

  it('is looked for again once it may be there', async () => {
    let attempts = 0
    const gzip: CodecSource = {
      needs: 'late',
      load: () => (attempts++ === 0 ? Promise.reject(new Error('not yet')) : lookup(1)),
    }
    const { of } = new Codecs({ ...sources, gzip })
    await expect(of(1)).rejects.toMatchObject({ code: 'STREAM_ADAPTER_MISSING' })
    expect(String(await (await of(1)).decompress((await (await of(1)).compress(Buffer.from('x'))) as Buffer))).toBe('x')
  })
})
