import type { Job } from './job.ts'
import { throughput } from './throughput-contestant.ts'

// 4 tasks with 64 calls of 20 ms each at a time.
const ideal = (4 * 64 * 1_000) / 20

/** Handlers that wait 20 ms and write a row. The input is an eighth as long: the ideal would take 78 s for a million. */
export const asyncJobs: readonly Job[] = (['at_least_once', 'exactly_once'] as const).map((guarantee) => ({
  name: guarantee === 'exactly_once' ? 'async-eos' : 'async-alo',
  title: `handlers of 20 ms, concurrency 64, 4 tasks, a table write each, ${guarantee}`,
  measure: 'rate',
  contestants: [
    throughput({
      name: '@stream',
      program: { kind: 'node', name: 'stream-async' },
      mode: 'async',
      key: 'number',
      records: ({ records }) => Math.ceil(records / 8),
      guarantee,
      cutIntervalMs: guarantee === 'exactly_once' ? 100 : 1_000,
    }),
  ],
  goals: [{ recordsPerSecond: ideal * 0.9 }],
}))
