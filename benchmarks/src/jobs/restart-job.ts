import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { flightsFile } from '../flights-file.ts'
import type { ProgramResult } from '../program/index.ts'
import { type Program, startProgram } from '../run-program.ts'
import type { Contestant, Job, RunContext } from './job.ts'
import { type OutputWatch, watchOutput } from './output-watch.ts'

const recordsPerSecond = 2_000
// Long enough that the program is in its stride, short enough to repeat.
const steadyMs = 5_000
// After this long without new output, what the killed process had committed has been read.
const quietMs = 1_000

function restart(name: string, program: Program, guarantee: string): Contestant {
  return {
    name,
    async run(context) {
      const { cluster, id } = context
      const topics = { input: `${id}-input`, output: `${id}-output` }
      await cluster.topics.create(topics.input, 'delete')
      await cluster.topics.create(topics.output, 'delete')
      const watch = watchOutput(cluster.brokers, topics.output)
      const load = startLoad(context, topics.input)
      const start = (): ChildProcess => startProgram(program, serveSettings(context, topics, guarantee))
      try {
        return await killAndRestart(start, watch)
      } finally {
        watch.close()
        load.kill('SIGKILL')
        await cluster.topics.deleteAll(`${id}-`)
      }
    },
  }
}

async function killAndRestart(start: () => ChildProcess, watch: OutputWatch): Promise<ProgramResult> {
  const first = start()
  await watch.next(0)
  await delay(steadyMs)
  await kill(first)
  while (Date.now() - watch.lastMs < quietMs) await delay(50)
  const startedMs = Date.now()
  const second = start()
  try {
    const seconds = ((await watch.next(startedMs)) - startedMs) / 1_000
    return { records: 1, seconds, cpuSeconds: 0, peakBytes: 0 }
  } finally {
    await kill(second)
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended by itself with ${child.exitCode}`)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function startLoad({ cluster }: RunContext, topic: string): ChildProcess {
  const settings = { brokers: cluster.brokers, topic, key: 'number%1000', flights: flightsFile }
  return startProgram(
    { kind: 'java', mainClass: 'bench.Load' },
    { ...settings, records: 0, perSecond: recordsPerSecond },
  )
}

function serveSettings(
  { cluster, id }: RunContext,
  topics: { input: string; output: string },
  guarantee: string,
): Record<string, unknown> {
  return {
    ...topics,
    brokers: cluster.brokers,
    changelog: `${id}-changelog`,
    group: id,
    records: 2_000_000_000,
    warmUp: 0,
    guarantee,
    cutIntervalMs: 100,
    stateDirectory: join(cluster.directory, id),
    mode: 'serve',
  }
}

/** SIGKILL and restart on the same state, with default timeouts, exactly once, while records keep coming. */
export const restartJob: Job = {
  name: 'restart',
  title: 'from the start of the new process after SIGKILL to the first new committed output',
  measure: 'duration',
  contestants: [
    restart('@stream', { kind: 'node', name: 'stream-serve' }, 'exactly_once'),
    restart('Kafka Streams', { kind: 'java', mainClass: 'bench.StreamsProgram' }, 'exactly_once_v2'),
  ],
  goals: [{ withinSeconds: 2 }],
}
