import { join } from 'node:path'
import type { BenchArguments } from '../bench-arguments.ts'
import type { InputKey } from '../bench-cluster.ts'
import { expectedOutputs, type Outputs } from '../expected-outputs.ts'
import type { ProgramSettings } from '../program/index.ts'
import { type Program, runProgram } from '../run-program.ts'
import type { Contestant } from './job.ts'

/** A program that works through an input from its begin to its end. */
export interface ThroughputOptions {
  readonly name: string
  readonly program: Program
  readonly mode: string
  /** Key of the input's records; without it the program needs no broker. */
  readonly key?: InputKey
  /** What must have come out. @default 'none' */
  readonly outputs?: Outputs
  /** Length of the input. @default what the command line says */
  readonly records?: (options: BenchArguments) => number
  readonly guarantee?: ProgramSettings['guarantee']
  /** @default 1000 */
  readonly cutIntervalMs?: number
  /** @default 'memory' */
  readonly store?: ProgramSettings['store']
}

// A tenth of the input warms both sides up: the JVM has then compiled what is hot, and so has V8.
const warmUpShare = 0.1

/** A contestant that gets fresh topics, a fresh group and a fresh directory for every run. */
export function throughput(options: ThroughputOptions): Contestant {
  return {
    name: options.name,
    async run({ cluster, arguments: commandLine, id }) {
      const records = options.records?.(commandLine) ?? commandLine.records
      const settings: ProgramSettings = {
        brokers: cluster.brokers,
        input: options.key === undefined ? 'none' : await cluster.input(options.key, records),
        output: `${id}-output`,
        changelog: `${id}-changelog`,
        group: id,
        records,
        warmUp: Math.floor(records * warmUpShare),
        guarantee: options.guarantee ?? 'at_least_once',
        cutIntervalMs: options.cutIntervalMs ?? 1_000,
        stateDirectory: join(cluster.directory, id),
        mode: options.mode,
        store: options.store ?? 'memory',
      }
      if (options.key !== undefined) {
        await cluster.topics.create(settings.output, 'delete')
        await cluster.topics.create(settings.changelog, 'compact')
      }
      const result = await runProgram(options.program, settings, commandLine.profile)
      if (options.key !== undefined) {
        const expected = expectedOutputs(options.outputs ?? 'none', records)
        const found = await cluster.topics.countOffsets(settings.output)
        const isExact = settings.guarantee === 'at_least_once'
        if (found < expected || (isExact && found > expected)) {
          throw new Error(`${options.name} wrote ${found} outputs of ${expected}`)
        }
        await cluster.topics.deleteAll(`${id}-`)
      }
      return result
    },
  }
}
