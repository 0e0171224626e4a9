import { describe, expect, it } from 'vitest'
import { KeyIndex } from './key-index.ts'

/** Slots are the numbers themselves; keys are their bytes. */
const key = (n: number): Uint8Array => new Uint8Array([n, n >> 8, n >> 16])
const keys = { hasKey: (slot: number, bytes: Uint8Array): boolean => Buffer.compare(key(slot), bytes) === 0 }
const found = (index: KeyIndex, n: number): number => index.find(key(n), index.hash(key(n)))

describe('key index', () => {
  it('finds every key and no other, while it grows over many tables and shrinks again', () => {
    const index = new KeyIndex(keys)
    const count = 100_000
    /** The first key that is not found as it should be; a plain loop, since an assertion for each takes its time. */
    const firstWrong = (isThere: (n: number) => boolean): number => {
      for (let n = 0; n < count; n++) if (found(index, n) !== (isThere(n) ? n : -1)) return n
      return -1
    }
    for (let n = 0; n < count; n++) index.add(index.hash(key(n)), n)
    expect(firstWrong(() => true)).toBe(-1)
    expect(found(index, count)).toBe(-1)
    for (let n = 0; n < count; n += 3) index.remove(index.hash(key(n)), n)
    expect(firstWrong((n) => n % 3 !== 0)).toBe(-1)
    for (let n = 0; n < count; n++) if (n % 3 !== 0 && n !== 4) index.remove(index.hash(key(n)), n)
    expect(firstWrong((n) => n === 4)).toBe(-1)
    for (let n = 0; n < count; n += 3) index.add(index.hash(key(n)), n)
    expect(firstWrong((n) => n % 3 === 0 || n === 4)).toBe(-1)
  })

  it('keeps keys of one hash apart', () => {
    const index = new KeyIndex(keys)
    for (let n = 0; n < 40; n++) index.add(12345, n)
    for (let n = 0; n < 40; n += 2) index.remove(12345, n)
    for (let n = 0; n < 40; n++) expect(index.find(key(n), 12345)).toBe(n % 2 === 0 ? -1 : n)
  })
})
