import type { Job } from './job.ts'
import { throughput } from './throughput-contestant.ts'

/** Tables on RocksDB beside the bare binding and the memory store, without a broker. */
export const storeJobs: readonly Job[] = [
  {
    name: 'store-updates',
    title: 'updates of a table of 200,000 keys on the embedded log',
    measure: 'rate',
    contestants: [
      throughput({
        name: '@stream on RocksDB',
        program: { kind: 'node', name: 'store-updates' },
        mode: 'updates',
        store: 'rocksdb',
      }),
      throughput({ name: 'bare binding', program: { kind: 'node', name: 'bare-updates' }, mode: 'updates' }),
      throughput({ name: '@stream in memory', program: { kind: 'node', name: 'store-updates' }, mode: 'updates' }),
    ],
    goals: [
      { against: 'bare binding', atLeast: 0.6 },
      { against: '@stream in memory', atLeast: 0.4 },
    ],
  },
  {
    name: 'store-memory-of-partitions',
    title: '64 partitions of 4 tables on RocksDB, budgets of 64 + 64 MiB',
    measure: 'rate',
    contestants: [
      throughput({ name: '@stream on RocksDB', program: { kind: 'node', name: 'store-partitions' }, mode: 'rows' }),
    ],
    goals: [{ withinMiB: 64 + 64 + 150 }],
  },
]
