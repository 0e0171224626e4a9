import assert from 'node:assert/strict'
import type { OutRecord } from '@stream/core/adapter'
import { bytes } from '../kit/index.ts'
import { assertSameRecord, outRecord } from './records.ts'
import type { TransportCase, TransportGroup } from './transport-case.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
const empty = new Uint8Array()

/** Bytes that no compression shrinks to nothing. */
function noise(length: number): Uint8Array {
  let state = length
  return new Uint8Array(length).map(() => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 24)
}

function roundTrip(title: string, records: readonly OutRecord[]): TransportCase {
  return {
    title,
    async run(lab) {
      const topic = await lab.topic()
      await lab.produce(topic, 0, records)
      const read = await lab.read(topic, 0)
      assert.equal(read.records.length, records.length, 'as many records as were sent')
      for (const [i, record] of records.entries()) assertSameRecord(read.records[i]!, record, `record ${i}`)
    },
  }
}

export const roundTripCases: TransportGroup = {
  title: 'round trip',
  cases: [
    roundTrip(
      'keeps null, empty and binary keys and values apart',
      [null, empty, bytes('text'), everyByte].flatMap((key) =>
        [null, empty, bytes('text'), everyByte].map((value) => outRecord(value, { key })),
      ),
    ),
    roundTrip('keeps the order of headers, and names that repeat', [
      outRecord('v', {
        headers: [
          ['b', bytes('1')],
          ['a', bytes('2')],
          ['b', bytes('3')],
          ['a', bytes('4')],
          ['b', bytes('1')],
        ],
      }),
      outRecord('none'),
    ]),
    roundTrip('keeps null, empty and binary header values apart, and any header name', [
      outRecord('v', {
        headers: [
          ['null', null],
          ['empty', empty],
          ['binary', everyByte],
          ['', bytes('a name may be empty')],
          ['größe ✓', bytes('beyond ascii')],
          ['null', null],
        ],
      }),
    ]),
    roundTrip(
      'keeps timestamps to the millisecond, of any order and age',
      [1_600_000_000_001, 1_500_000_000_999, 1, 1_700_000_000_000, 1_600_000_000_000].map((timestamp) =>
        outRecord('v', { timestamp }),
      ),
    ),
    roundTrip(
      'carries values from one byte to 900 KB',
      [1, 2, 127, 128, 16_383, 16_384, 65_536, 900_000].map((length) => outRecord(noise(length))),
    ),
    roundTrip('carries large keys and headers', [
      outRecord(empty, { key: noise(100_000), headers: [['h', noise(100_000)]] }),
    ]),
    roundTrip(
      'carries many small records in one call',
      Array.from({ length: 20_000 }, (_, i) => outRecord(`${i}`, { key: bytes(`k${i % 7}`) })),
    ),
    {
      title: 'takes keys and values that are views of a larger buffer',
      async run(lab) {
        const topic = await lab.topic()
        const page = Buffer.from('..key..value..header..')
        const record = outRecord(page.subarray(7, 12), {
          key: page.subarray(2, 5),
          headers: [['h', page.subarray(14, 20)]],
        })
        await lab.produce(topic, 0, [record])
        const [read] = (await lab.read(topic, 0)).records
        assertSameRecord(
          read!,
          outRecord('value', { key: bytes('key'), headers: [['h', bytes('header')]] }),
          'the record',
        )
      },
    },
  ],
}
