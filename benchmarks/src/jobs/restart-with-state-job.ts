import { once } from 'node:events'
import { join } from 'node:path'
import type { ProgramSettings } from '../program/index.ts'
import { type Program, runProgram, startProgram } from '../run-program.ts'
import type { Contestant, Job, RunContext } from './job.ts'

const program: Program = { kind: 'node', name: 'stream-restart' }

/** The first process fills the table and kills itself; the second one has its directory. */
function restartWithState(store: NonNullable<ProgramSettings['store']>, name: string): Contestant {
  return {
    name,
    async run(context: RunContext) {
      const { cluster, id } = context
      const { records } = context.arguments
      const settings: ProgramSettings = {
        brokers: cluster.brokers,
        input: await cluster.input('number', records),
        output: `${id}-output`,
        changelog: `${id}-changelog`,
        group: id,
        records,
        warmUp: 0,
        guarantee: 'exactly_once',
        cutIntervalMs: 100,
        stateDirectory: join(cluster.directory, id),
        mode: 'again',
        store,
      }
      const [, signal] = await once(startProgram(program, { ...settings, mode: 'fill' }), 'exit')
      if (signal !== 'SIGKILL') throw new Error(`${name} did not come to the moment where it kills itself`)
      return runProgram(program, settings, context.arguments.profile)
    },
  }
}

/** A worker that comes back after SIGKILL, with a table of as many keys as the input has records. */
export const restartWithStateJob: Job = {
  name: 'state-restart',
  title: 'after SIGKILL, from the assignment to the first processed record, with 1,000,000 keys',
  measure: 'duration',
  contestants: [restartWithState('rocksdb', '@stream on RocksDB'), restartWithState('memory', '@stream in memory')],
  goals: [{ withinSeconds: 1 }],
}
