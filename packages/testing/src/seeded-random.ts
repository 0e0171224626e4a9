import type { Random } from '@stream/core/adapter'

/**
 * A source of chance that gives the same numbers for the same seed, on every machine: uniform in [0, 1), 32 bits of it. Not for secrets.
 * The generator is mulberry32, by Tommy Ettinger.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
