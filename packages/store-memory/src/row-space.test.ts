import { describe, expect, it } from 'vitest'
import { RowSpace } from './row-space.ts'

const key = (n: number): Uint8Array => new Uint8Array(Buffer.from(`key-${n}`))
const value = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill)
const mebibyte = 1024 * 1024
/** Quicker than comparing element by element. */
const expectSame = (actual: Uint8Array, expected: Uint8Array): void => expect(Buffer.compare(actual, expected)).toBe(0)

/** Rows of about 1 KiB; slots by number. */
function filled(rows: number): { space: RowSpace; slots: number[] } {
  const space = new RowSpace()
  return { space, slots: Array.from({ length: rows }, (_, n) => space.add(key(n), value(1000, n & 255))) }
}

describe('row space', () => {
  it('writes a value over the former one where it fits, and needs no more space for it', () => {
    const { space, slots } = filled(2000)
    const before = space.allocatedBytes
    for (let round = 0; round < 20; round++) {
      for (const slot of slots) space.replace(slot, value(990 + (round % 10), round))
      space.tidy()
    }
    expect(space.allocatedBytes).toBe(before)
    for (const slot of slots) expectSame(space.value(slot), value(999, 19))
  })

  it('stays within twice the rows’ bytes however often they are replaced by others', () => {
    const space = new RowSpace()
    const slots = new Map<number, number>()
    for (let n = 0; n < 60_000; n++) {
      slots.set(n, space.add(key(n), value(1000, n & 255)))
      const gone = n - 3000 + ((n * 7) % 500)
      const slot = slots.get(gone)
      if (slot !== undefined) {
        slots.delete(gone)
        space.remove(slot)
      }
      space.tidy()
      if (n % 1000 === 0) expect(space.allocatedBytes).toBeLessThan(slots.size * 1100 * 2 + 2 * mebibyte)
    }
    for (const [n, slot] of slots) {
      expect(space.hasKey(slot, key(n))).toBe(true)
      expectSame(space.value(slot), value(1000, n & 255))
    }
  })

  it('wins space back bit by bit: no single write pays for what many have left', () => {
    const { space, slots } = filled(16_000)
    const full = space.allocatedBytes
    // Every other row dies, and nothing is tidied meanwhile but what one small write pays for.
    for (let n = 0; n < slots.length; n += 2) space.remove(slots[n] as number)
    const after: number[] = []
    for (let n = 0; n < 8000; n++) {
      const slot = space.add(key(-1), value(1000, 0))
      space.remove(slot)
      space.tidy()
      after.push(space.allocatedBytes)
    }
    const drops = after.slice(1).map((bytes, i) => (after[i] as number) - bytes)
    expect(Math.max(...drops)).toBeLessThanOrEqual(mebibyte)
    expect(after.at(-1)).toBeLessThan(full * 0.85)
    for (let n = 1; n < slots.length; n += 2) {
      expect(space.hasKey(slots[n] as number, key(n))).toBe(true)
      expectSame(space.value(slots[n] as number), value(1000, n & 255))
    }
  })

  it('gives the space of large rows back at once', () => {
    const space = new RowSpace()
    const slots = [1, 2, 3].map((n) => space.add(key(n), value(5 * mebibyte, n)))
    expectSame(space.value(slots[1] as number), value(5 * mebibyte, 2))
    space.replace(slots[0] as number, value(10, 9))
    for (const slot of slots.slice(1)) space.remove(slot)
    expect(space.allocatedBytes).toBeLessThan(mebibyte)
    expectSame(space.value(slots[0] as number), value(10, 9))
  })

  it('keeps a row that shrank from holding the space of what it was', () => {
    const { space, slots } = filled(8000)
    for (const slot of slots) {
      space.replace(slot, value(20, 7))
      space.tidy()
    }
    expect(space.allocatedBytes).toBeLessThan(2.5 * mebibyte)
    for (const slot of slots) expectSame(space.value(slot), value(20, 7))
  })

  it('is small for few rows', () => {
    const space = new RowSpace()
    space.add(key(1), value(100, 1))
    expect(space.allocatedBytes).toBeLessThanOrEqual(4096)
  })

  it('compares keys in byte order, the beginning of another one first', () => {
    const space = new RowSpace()
    const slot = space.add(new Uint8Array([1, 200]), value(0, 0))
    const order = (...bytes: number[]): number => Math.sign(space.compareKey(new Uint8Array(bytes), slot))
    expect([order(), order(1), order(1, 127), order(1, 200), order(1, 200, 0), order(2)]).toEqual([-1, -1, -1, 0, 1, 1])
  })
})
