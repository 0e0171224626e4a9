import type { InputKey } from '../bench-cluster.ts'
import type { Job } from './job.ts'
import { throughput } from './throughput-contestant.ts'

interface Variant {
  readonly name: string
  readonly title: string
  readonly key: InputKey
  readonly isExactlyOnce: boolean
}

const variants: readonly Variant[] = [
  { name: 'stateful-origin-alo', title: 'per origin, at least once, 1 s cuts', key: 'origin', isExactlyOnce: false },
  {
    name: 'stateful-keys-alo',
    title: 'per 200,000 keys, at least once, 1 s cuts',
    key: 'number%200000',
    isExactlyOnce: false,
  },
  { name: 'stateful-origin-eos', title: 'per origin, exactly once, 100 ms cuts', key: 'origin', isExactlyOnce: true },
  {
    name: 'stateful-keys-eos',
    title: 'per 200,000 keys, exactly once, 100 ms cuts',
    key: 'number%200000',
    isExactlyOnce: true,
  },
]

/** Count and sum in a table with a changelog, every update an output. */
export const statefulJobs: readonly Job[] = variants.map(({ name, title, key, isExactlyOnce }) => {
  const shared = { mode: 'stateful', key, outputs: 'every' as const, cutIntervalMs: isExactlyOnce ? 100 : 1_000 }
  return {
    name,
    title: `count and sum ${title}`,
    measure: 'rate',
    contestants: [
      throughput({
        ...shared,
        name: '@stream',
        program: { kind: 'node', name: 'stream-stateful' },
        guarantee: isExactlyOnce ? 'exactly_once' : 'at_least_once',
      }),
      throughput({
        ...shared,
        name: 'kafkajs',
        program: { kind: 'node', name: isExactlyOnce ? 'kafkajs-stateful-exactly-once' : 'kafkajs-stateful' },
        guarantee: isExactlyOnce ? 'exactly_once' : 'at_least_once',
      }),
      throughput({
        ...shared,
        name: 'Kafka Streams',
        program: { kind: 'java', mainClass: 'bench.StreamsProgram' },
        guarantee: isExactlyOnce ? 'exactly_once_v2' : 'at_least_once',
      }),
    ],
    goals: [
      { against: 'kafkajs', atLeast: 2 },
      { against: 'Kafka Streams', atLeast: 1 },
    ],
  }
})
