import { StreamError } from '@stream/core/adapter'

/** Which seeds {@link forSeeds} runs. */
export interface SeedRange {
  /** How many, one after the other. @default 10 */
  readonly count?: number
  /** @default 1 */
  readonly first?: number
}

const seedVariable = 'STREAM_TEST_SEED'

/**
 * Runs a scenario once for each seed. What it throws is thrown on with the seed in its message; the environment variable
 * `STREAM_TEST_SEED` replays a single one. Throws `STREAM_CONFIG_INVALID` where that is no integer.
 */
export async function forSeeds(
  { count = 10, first = 1 }: SeedRange,
  scenario: (seed: number) => void | Promise<void>,
): Promise<void> {
  const replayed = seedFromEnvironment()
  const seeds = replayed === undefined ? Array.from({ length: count }, (_, index) => first + index) : [replayed]
  for (const seed of seeds) {
    try {
      await scenario(seed)
    } catch (cause) {
      throw withSeed(cause, seed)
    }
  }
}

function seedFromEnvironment(): number | undefined {
  const text = process.env[seedVariable]
  if (text === undefined || text.trim() === '') return undefined
  const seed = Number(text)
  if (Number.isSafeInteger(seed)) return seed
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `${seedVariable} is ${JSON.stringify(text)}; set it to an integer, the seed to replay`,
  })
}

/** The same error, so that a test runner still finds its difference and its place, with the seed in front. */
function withSeed(cause: unknown, seed: number): unknown {
  const hint = `with seed ${seed} (${seedVariable}=${seed} replays it): `
  if (!(cause instanceof Error)) return new Error(`${hint}${String(cause)}`, { cause })
  cause.message = `${hint}${cause.message}`
  return cause
}
