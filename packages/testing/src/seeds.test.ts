import { afterEach, describe, expect, it, vi } from 'vitest'
import { forSeeds } from './for-seeds.ts'
import { seededRandom } from './seeded-random.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('seededRandom', () => {
  it('gives the same numbers for the same seed on every machine', () => {
    const random = seededRandom(42)
    const numbers = [random(), random(), random()]
    expect(numbers).toEqual([0.6011037519201636, 0.44829055899754167, 0.8524657934904099])
  })

  it('gives numbers in [0, 1), spread evenly, and others for another seed', () => {
    const random = seededRandom(7)
    const buckets = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i += 1) {
      const value = random()
      expect(value >= 0 && value < 1).toBe(true)
      buckets[Math.floor(value * 10)]! += 1
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150)
    expect(seededRandom(8)()).not.toBe(seededRandom(7)())
  })
})

describe('forSeeds', () => {
  it('runs every seed once', async () => {
    const seeds: number[] = []
    await forSeeds({ count: 3, first: 5 }, (seed) => {
      seeds.push(seed)
    })
    expect(seeds).toEqual([5, 6, 7])
  })

  it('puts the seed in front of what a scenario throws', async () => {
    const scenario = (seed: number): void => {
      if (seed === 2) throw new TypeError('two')
    }
    await expect(forSeeds({ count: 3 }, scenario)).rejects.toThrow(TypeError)
    await expect(forSeeds({ count: 3 }, scenario)).rejects.toThrow('with seed 2 (STREAM_TEST_SEED=2 replays it): two')
  })

  it('replays the seed of the environment alone', async () => {
    vi.stubEnv('STREAM_TEST_SEED', '99')
    const seeds: number[] = []
    await forSeeds({ count: 3 }, (seed) => {
      seeds.push(seed)
    })
    expect(seeds).toEqual([99])
    vi.stubEnv('STREAM_TEST_SEED', 'x')
    await expect(forSeeds({}, () => undefined)).rejects.toMatchObject({ code: 'STREAM_CONFIG_INVALID' })
  })
})
