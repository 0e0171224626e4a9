import type { Job } from './job.ts'
import { throughput } from './throughput-contestant.ts'

/** Jobs without a table: what the library costs over the bare client, and what its producer gains. */
export const statelessJobs: readonly Job[] = [
  {
    name: 'empty',
    title: 'consume and count',
    measure: 'rate',
    contestants: [
      throughput({ name: '@stream', program: { kind: 'node', name: 'stream-count' }, mode: 'count', key: 'origin' }),
      throughput({ name: 'kafkajs', program: { kind: 'node', name: 'kafkajs-count' }, mode: 'count', key: 'origin' }),
    ],
    goals: [{ against: 'kafkajs', atLeast: 1 }],
  },
  {
    name: 'stateless',
    title: 'parse, filter delay > 0, serialise, produce',
    measure: 'rate',
    contestants: [
      throughput({
        name: '@stream',
        program: { kind: 'node', name: 'stream-stateless' },
        mode: 'stateless',
        outputs: 'delayed',
        key: 'origin',
      }),
      throughput({
        name: 'kafkajs',
        program: { kind: 'node', name: 'kafkajs-stateless' },
        mode: 'stateless',
        outputs: 'delayed',
        key: 'origin',
      }),
      throughput({
        name: 'Kafka Streams',
        program: { kind: 'java', mainClass: 'bench.StreamsProgram' },
        mode: 'stateless',
        outputs: 'delayed',
        key: 'origin',
      }),
    ],
    goals: [
      { against: 'kafkajs', atLeast: 2 },
      { against: 'Kafka Streams', atLeast: 1 },
    ],
  },
]
