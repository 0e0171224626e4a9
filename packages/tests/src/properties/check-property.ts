import fc from 'fast-check'

/** How a property is looked at. */
export interface PropertyOptions<T> {
  /** Courses of a normal run; times `STREAM_PROPERTY_FACTOR`. */
  readonly runs: number
  /** Courses that once broke it; looked at first. @default [] */
  readonly known?: readonly T[]
}

/**
 * Looks for a course that breaks the property. What is found prints fast-check's seed and path; `STREAM_PROPERTY_SEED` and
 * `STREAM_PROPERTY_PATH` replay exactly that, and `STREAM_PROPERTY_FACTOR=50` looks fifty times as long.
 */
export async function checkProperty<T>(
  courses: fc.Arbitrary<T>,
  holds: (course: T) => Promise<void>,
  { runs, known = [] }: PropertyOptions<T>,
): Promise<void> {
  const { STREAM_PROPERTY_SEED: seed, STREAM_PROPERTY_PATH: path, STREAM_PROPERTY_FACTOR: factor = '1' } = process.env
  const property = fc.asyncProperty(courses, holds)
  await fc.assert(property, {
    numRuns: Math.max(1, Math.round(runs * Number(factor))),
    // Shrinking has its limit, so that a find is told before the runner loses patience.
    interruptAfterTimeLimit: 45_000 * Math.max(1, Number(factor)),
    examples: known.map((course): [T] => [course]),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  })
}

/** The longest that a test of a property may take. */
export const propertyTimeoutMs: number = 60_000 * Math.max(1, Number(process.env.STREAM_PROPERTY_FACTOR ?? 1))
