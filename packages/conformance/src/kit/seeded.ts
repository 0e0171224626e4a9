import { describeThrown, type Random } from '@stream/core/adapter'

/** Random numbers that a seed replays (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** An integer in [0, below). */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

/** Runs a property with seeds from `firstSeed` on; a failure names the seed that replays it. */
export async function forSeeds(
  firstSeed: number,
  runs: number,
  body: (random: Random) => Promise<void>,
): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    try {
      await body(seededRandom(seed))
    } catch (error) {
      throw new Error(`failed with seed ${seed} (replay it with the option seed: ${seed}): ${describeThrown(error)}`, {
        cause: error,
      })
    }
  }
}
