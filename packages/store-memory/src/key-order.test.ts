import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyOrder, type OrderedRows } from './key-order.ts'

/** Rows whose key is a number of two bytes. */
class Rows implements OrderedRows {
  readonly keys: (number | undefined)[] = []

  get endSlot(): number {
    return this.keys.length
  }

  holds(slot: number): boolean {
    return this.keys[slot] !== undefined
  }

  key(slot: number): Uint8Array {
    return bytesOf(this.keys[slot] as number)
  }

  compareKey(key: Uint8Array, slot: number): number {
    return Buffer.compare(key, this.key(slot))
  }

  /** The slot of a new row, the lowest one that is free. */
  add(key: number): number {
    const free = this.keys.indexOf(undefined)
    const slot = free < 0 ? this.keys.length : free
    this.keys[slot] = key
    return slot
  }

  sorted(): number[] {
    return this.keys.filter((key) => key !== undefined).sort((a, b) => a - b)
  }
}

const bytesOf = (key: number): Uint8Array => new Uint8Array([key >> 8, key])

describe('key order', () => {
  it('holds the slots of all rows in the order of their keys, whatever came and went since it was wanted', () => {
    const change = fc.record({ key: fc.integer({ min: 0, max: 0xffff }), extend: fc.integer({ min: 0, max: 400 }) })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 300 }),
        fc.nat({ max: 1500 }),
        fc.boolean(),
        (changes, first, inOrder) => {
          const rows = new Rows()
          const order = new KeyOrder(rows)
          for (let n = 0; n < first; n++) rows.add(inOrder ? n * 40 : (n * 7919) & 0xffff)
          for (const { key, extend } of changes) {
            order.extend(extend)
            const slot = rows.keys.indexOf(key)
            if (slot < 0) order.added(bytesOf(key), rows.add(key))
            else {
              order.removing(bytesOf(key), slot)
              rows.keys[slot] = undefined
            }
          }
          while (!order.extend(100));
          const expected = rows.sorted()
          const keysOf = (slots: number[]) => slots.map((slot) => rows.keys[slot])
          expect(keysOf(order.ascending(undefined, undefined, 1e9))).toEqual(expected)
          expect(keysOf(order.descending(undefined, undefined, 1e9))).toEqual(expected.toReversed())
          expect(keysOf(order.ascending(bytesOf(20_000), bytesOf(40_000), 1e9))).toEqual(
            expected.filter((key) => key >= 20_000 && key < 40_000),
          )
          expect(keysOf(order.descending(bytesOf(20_000), bytesOf(40_000), 3))).toEqual(
            expected
              .filter((key) => key >= 20_000 && key < 40_000)
              .toReversed()
              .slice(0, 3),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is empty again when the rows of all chunks are gone', () => {
    const rows = new Rows()
    const order = new KeyOrder(rows)
    for (let n = 0; n < 5000; n++) rows.keys.push(n)
    expect(order.extend(5000)).toBe(true)
    for (let n = 4999; n >= 0; n--) {
      order.removing(bytesOf(n), n)
      rows.keys[n] = undefined
    }
    expect(order.ascending(undefined, undefined, 10)).toEqual([])
    expect(order.descending(undefined, undefined, 10)).toEqual([])
  })

  it('is given up after many changes that nobody asked a range between, and made again for the next one', () => {
    const rows = new Rows()
    const order = new KeyOrder(rows)
    for (let n = 0; n < 100; n++) rows.keys.push(n)
    expect(order.extend(100)).toBe(true)
    for (let round = 0; round < 70_000; round++) {
      order.removing(bytesOf(round % 100), round % 100)
      order.added(bytesOf(round % 100), round % 100)
    }
    expect(order.extend(40)).toBe(false)
    expect(order.extend(60)).toBe(true)
    expect(order.ascending(undefined, undefined, 1000)).toHaveLength(100)
  })
})
