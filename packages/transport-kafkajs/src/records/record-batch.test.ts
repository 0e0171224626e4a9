import type { OutRecord } from '@stream/core/adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionBehind } from './batch-frame.ts'
import { type AbortedTransaction, decodeRecordSet, type RecordSet } from './record-decoder.ts'
import { type BatchIdentity, batchEnd, encodeBatch } from './record-encoder.ts'

const plain: BatchIdentity = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }

const bytes = (max: number): fc.Arbitrary<Uint8Array | null> =>
  fc.option(fc.uint8Array({ maxLength: max }), { nil: null })
const anyRecord: fc.Arbitrary<OutRecord> = fc.record({
  key: bytes(40),
  value: bytes(300),
  timestamp: fc.integer({ min: 0, max: 4e12 }),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 10 }), bytes(10)), { maxLength: 3 }),
})

/** As the broker stores it: with its base offset, which the checksum does not cover. */
function stored(batch: Buffer, baseOffset: number): Buffer {
  const copy = Buffer.from(batch)
  copy.writeBigInt64BE(BigInt(baseOffset), 0)
  return copy
}

function set(all: Buffer, more: Partial<RecordSet> = {}): RecordSet {
  return {
    topic: 't',
    partition: 3,
    fetchOffset: 0,
    bytes: all,
    isolation: 'read_committed',
    aborted: [],
    decompressed: undefined,
    verifyChecksums: true,
    ...more,
  }
}

const plainRecord = (value: string): OutRecord => ({ key: null, value: Buffer.from(value), timestamp: 1000 })
const offsets = (records: readonly { offset: number }[]) => records.map((one) => one.offset)

/** A control batch: commit (1) or abort (0). */
function marker(type: 0 | 1, baseOffset: number, producerId: number): Buffer {
  const key = Buffer.from([0, 0, 0, type])
  const batch = encodeBatch([{ key, value: Buffer.alloc(6), timestamp: 1000 }], 0, 1, {
    ...plain,
    producerId,
    transactional: true,
  })
  batch.writeInt16BE(batch.readInt16BE(21) | 0x20, 21)
  return stored(batch, baseOffset)
}

function transactional(values: string[], baseOffset: number, producerId: number): Buffer {
  const records = values.map(plainRecord)
  return stored(encodeBatch(records, 0, records.length, { ...plain, producerId, transactional: true }), baseOffset)
}

describe('record batches', () => {
  it('give back keys, values, headers and timestamps as they were, null and empty kept apart', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 40), (records, base) => {
        const batch = stored(encodeBatch(records, 0, records.length, plain), base)
        const decoded = decodeRecordSet(set(batch, { fetchOffset: base }))
        expect(decoded.error).toBeUndefined()
        expect(decoded.nextOffset).toBe(base + records.length)
        expect(
          decoded.records.map((one) => ({
            key: one.key && Uint8Array.from(one.key),
            value: one.value && Uint8Array.from(one.value),
            timestamp: one.timestamp,
            headers: one.headers.map(([name, value]) => [name, value && Uint8Array.from(value)]),
          })),
        ).toEqual(records.map((one) => ({ ...one, headers: one.headers?.map(([name, value]) => [name, value]) })))
        expect(offsets(decoded.records)).toEqual(records.map((_, i) => base + i))
      }),
      { numRuns: 200 },
    )
  })

  it('are cut so that each stays within its size, unless one record alone is larger', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 100, max: 1000 }),
        (records, max) => {
          let from = 0
          while (from < records.length) {
            const to = batchEnd(records, from, records.length, max)
            expect(to).toBeGreaterThan(from)
            if (to - from > 1) expect(encodeBatch(records, from, to, plain).length).toBeLessThanOrEqual(max)
            from = to
          }
        },
      ),
    )
  })

  it('are read from the middle where the fetch began there', () => {
    const batch = stored(encodeBatch(['a', 'b', 'c'].map(plainRecord), 0, 3, plain), 10)
    const decoded = decodeRecordSet(set(batch, { fetchOffset: 11 }))
    expect(offsets(decoded.records)).toEqual([11, 12])
    expect(decoded.nextOffset).toBe(13)
  })

  it('that are cut off at the end of a fetch are left for the next one', () => {
    const first = stored(encodeBatch([plainRecord('a')], 0, 1, plain), 0)
    const second = stored(encodeBatch([plainRecord('b')], 0, 1, plain), 1)
    const all = Buffer.concat([first, second])
    for (let length = first.length; length < all.length; length++) {
      const decoded = decodeRecordSet(set(all.subarray(0, length)))
      expect([offsets(decoded.records), decoded.nextOffset]).toEqual([[0], 1])
      expect(positionBehind(all.subarray(0, length), 0)).toBe(1)
    }
    expect(positionBehind(all.subarray(0, first.length - 1), 0)).toBe(0)
  })

  it('without records, as compaction leaves them, move the position', () => {
    const emptied = stored(encodeBatch(['a', 'b', 'c'].map(plainRecord), 0, 3, plain), 4).subarray(0, 61)
    emptied.writeInt32BE(61 - 12, 8)
    emptied.writeInt32BE(0, 57)
    const decoded = decodeRecordSet(set(emptied, { fetchOffset: 4, verifyChecksums: false }))
    expect([decoded.records, decoded.nextOffset, positionBehind(emptied, 4)]).toEqual([[], 7, 7])
  })

  it('that were changed on the way are refused, and those before them delivered', () => {
    const first = stored(encodeBatch([plainRecord('a')], 0, 1, plain), 0)
    const second = stored(encodeBatch([plainRecord('b')], 0, 1, plain), 1)
    for (let at = 21; at < second.length; at++) {
      const broken = Buffer.from(second)
      broken[at] = (broken[at] as number) ^ 0x10
      const decoded = decodeRecordSet(set(Buffer.concat([first, broken])))
      expect(decoded.error?.code).toBe('STREAM_RECORD_CORRUPT')
      expect([offsets(decoded.records), decoded.nextOffset]).toEqual([[0], 1])
      expect(decoded.error?.place).toMatchObject({ topic: 't', partition: 3, offset: 1 })
    }
  })

  it('whose lengths do not add up are refused even where checksums are not looked at', () => {
    const batch = stored(encodeBatch([plainRecord('abc')], 0, 1, plain), 0)
    batch[61] = 120
    const decoded = decodeRecordSet(set(batch, { verifyChecksums: false }))
    expect(decoded.error?.code).toBe('STREAM_RECORD_CORRUPT')
  })

  it('of topics that stamp records themselves carry the append time', () => {
    const batch = stored(encodeBatch([plainRecord('a'), plainRecord('b')], 0, 2, plain), 0)
    batch.writeInt16BE(0x08, 21)
    batch.writeBigInt64BE(5000n, 35)
    const decoded = decodeRecordSet(set(batch, { verifyChecksums: false }))
    expect(decoded.records.map((one) => one.timestamp)).toEqual([5000, 5000])
  })

  it('hand out the same slice again, over the fetched bytes', () => {
    const batch = stored(encodeBatch([plainRecord('a')], 0, 1, plain), 0)
    const [only] = decodeRecordSet(set(batch)).records
    expect(only?.value).toBe(only?.value)
    expect(only?.value?.buffer).toBe(batch.buffer)
    expect(only?.headers).toBe(only?.headers)
  })
})

describe('aborted transactions', () => {
  const log = Buffer.concat([
    transactional(['a0'], 0, 1),
    transactional(['b0'], 1, 2),
    marker(0, 2, 1),
    transactional(['a1'], 3, 1),
    marker(1, 4, 2),
    marker(1, 5, 1),
    stored(encodeBatch([plainRecord('n')], 0, 1, plain), 6),
  ])
  const aborted: AbortedTransaction[] = [{ producerId: 1, firstOffset: 0 }]
  const read = (more: Partial<RecordSet>) => {
    const decoded = decodeRecordSet(set(log, { verifyChecksums: false, ...more }))
    return [decoded.records.map((one) => String(one.value)), decoded.nextOffset]
  }

  it('are left out up to their marker, and later ones of the same producer are not', () => {
    expect(read({ aborted })).toEqual([['b0', 'a1', 'n'], 7])
  })

  it('are seen under read_uncommitted, without the markers', () => {
    expect(read({ aborted, isolation: 'read_uncommitted' })).toEqual([['a0', 'b0', 'a1', 'n'], 7])
  })

  it('may come in any order', () => {
    const both = [
      { producerId: 2, firstOffset: 1 },
      { producerId: 1, firstOffset: 0 },
    ]
    // Producer 2 is on the list though its marker commits: what counts is the list.
    expect(read({ aborted: both })).toEqual([['a1', 'n'], 7])
  })
})
