import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProgramSettings } from '../program/index.ts'
import { type Program, runProgram } from '../run-program.ts'
import type { Contestant, Job, RunContext } from './job.ts'

/** Fills its table once; each run then has an empty directory and the changelog. */
function recovery(name: string, program: Program, store: ProgramSettings['store'] = 'memory'): Contestant {
  const settingsOf = async (
    { cluster, arguments: { records } }: RunContext,
    directory: string,
  ): Promise<ProgramSettings> => {
    const group = `bench-recovery-of-${name.toLowerCase().replaceAll(/\W/g, '')}`
    const stateDirectory = join(cluster.directory, directory)
    mkdirSync(stateDirectory, { recursive: true })
    return {
      brokers: cluster.brokers,
      input: await cluster.input('number', records),
      output: `${group}-output`,
      changelog: `${group}-changelog`,
      group,
      records,
      warmUp: 0,
      guarantee: 'at_least_once',
      cutIntervalMs: 1_000,
      stateDirectory,
      mode: 'restore',
      store,
    }
  }
  return {
    name,
    async prepare(context) {
      await runProgram(program, { ...(await settingsOf(context, `${context.id}-fill`)), mode: 'fill', store: 'memory' })
    },
    async run(context) {
      return runProgram(program, await settingsOf(context, context.id), context.arguments.profile)
    },
  }
}

/** A table of as many keys as the input has records, from its changelog, by a process that has just started. */
export const recoveryJob: Job = {
  name: 'recovery',
  title: 'a table of 1,000,000 keys from its changelog',
  measure: 'rate',
  contestants: [
    recovery('@stream', { kind: 'node', name: 'stream-recovery' }),
    recovery('Kafka Streams', { kind: 'java', mainClass: 'bench.StreamsProgram' }),
  ],
  goals: [{ against: 'Kafka Streams', atLeast: 1 }],
}

/** The same into RocksDB. */
export const recoveryOnRocksdbJob: Job = {
  name: 'recovery-rocksdb',
  title: 'a table of 1,000,000 keys from its changelog into RocksDB',
  measure: 'rate',
  contestants: [recovery('@stream on RocksDB', { kind: 'node', name: 'stream-recovery' }, 'rocksdb')],
  goals: [{ recordsPerSecond: 200_000 }],
}
