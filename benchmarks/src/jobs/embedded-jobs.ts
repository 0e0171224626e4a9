import type { Job } from './job.ts'
import { throughput } from './throughput-contestant.ts'

/** The embedded log, without a broker. */
export const embeddedJobs: readonly Job[] = [
  {
    name: 'embedded-map',
    title: 'the embedded log through a map',
    measure: 'rate',
    contestants: [throughput({ name: '@stream', program: { kind: 'node', name: 'stream-embedded' }, mode: 'map' })],
    goals: [{ recordsPerSecond: 500_000 }],
  },
  {
    name: 'embedded-table',
    title: 'the embedded log through a table count',
    measure: 'rate',
    contestants: [throughput({ name: '@stream', program: { kind: 'node', name: 'stream-embedded' }, mode: 'table' })],
    goals: [{ recordsPerSecond: 250_000 }],
  },
]
