import type { Course } from './course.ts'

const behaviour = { failures: 0, commitIntervalMs: 5, rebalance: 'eager', deletes: false } as const

/** Stalled and fenced again and again before its group tells it: it failed for good instead of coming back. */
const fencedOften: Course = {
  seed: 1,
  behaviour: { ...behaviour, concurrency: 1 },
  markerDelayMs: 0,
  latencyMs: 0,
  steps: [
    { do: 'stall', worker: 0, ms: 0 },
    { do: 'advance', ms: 982 },
    { do: 'lose-answer', seam: 'commit:before-append', after: 3 },
    { do: 'advance', ms: 11 },
    { do: 'send', keys: [0], fates: 0 },
    { do: 'advance', ms: 900 },
  ],
}

/** So many conflicts that records ran alone, after which another consumer was never started again. */
const alone: Course = {
  seed: 860377143,
  behaviour: { ...behaviour, concurrency: 16 },
  markerDelayMs: 0,
  latencyMs: 0,
  steps: [
    { do: 'send', keys: [0, 0], fates: 0 },
    { do: 'send', keys: [0, 0, 1, 1, 2, 0, 1, 3], fates: 0 },
    { do: 'send', keys: [2, 3], fates: 0 },
    { do: 'send', keys: [2, 2, 4], fates: 0 },
    { do: 'send', keys: [0, 2, 1, 3, 0, 1], fates: 0 },
    { do: 'start-dead' },
    { do: 'add-worker' },
    { do: 'send', keys: [1, 2, 0], fates: 0 },
    { do: 'advance', ms: 900 },
  ],
}

/** Taken away while one of its stores was being opened, which stayed open. */
const halfOpen: Course = {
  seed: 384308485,
  behaviour: { ...behaviour, concurrency: 1, commitIntervalMs: 60 },
  markerDelayMs: 0,
  latencyMs: 12,
  steps: [
    { do: 'stall', worker: 0, ms: 1_500 },
    { do: 'crash-at', point: 'commit:before-append', after: 0 },
    { do: 'lose-answer', seam: 'commit:before-append', after: 0 },
    { do: 'send', keys: [0, 4, 2], fates: 0 },
    { do: 'advance', ms: 70 },
  ],
}

/** Courses that once ended badly, and why. */
export const knownCourses: readonly Course[] = [fencedOften, alone, halfOpen]
