import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchArguments } from './bench-arguments.ts'
import type { BenchCluster } from './bench-cluster.ts'
import type { JobResults } from './job-report.ts'
import type { Job, RunContext } from './jobs/job.ts'
import type { ProgramResult } from './program/index.ts'

/** Runs a job's contestants in turns (A B C A B C), so that a machine whose speed drifts is unfair to none. */
export async function runJob(job: Job, cluster: BenchCluster, options: BenchArguments): Promise<JobResults> {
  const results = new Map<string, ProgramResult[]>()
  const context = (contestant: number, run: number): RunContext => {
    const id = `bench-${job.name}-${contestant}-${run}`
    mkdirSync(join(cluster.directory, id), { recursive: true })
    return { cluster, arguments: options, run, id }
  }
  const contestants = job.contestants.filter(
    ({ name }) => options.contestants.length === 0 || options.contestants.some((part) => name.includes(part)),
  )
  for (const [index, contestant] of contestants.entries()) {
    results.set(contestant.name, [])
    await contestant.prepare?.(context(index, 0))
  }
  for (let run = 0; run < options.runs; run++) {
    for (const [index, contestant] of contestants.entries()) {
      const result = await contestant.run(context(index, run))
      results.get(contestant.name)!.push(result)
      const rate = job.measure === 'rate' ? `, ${Math.round(result.records / result.seconds)} records/s` : ''
      process.stderr.write(`${job.name}, run ${run + 1}, ${contestant.name}: ${result.seconds.toFixed(2)} s${rate}\n`)
    }
  }
  await cluster.topics.deleteAll(`bench-${job.name}-`)
  return results
}
