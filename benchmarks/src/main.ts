// The benchmark's one command: its own broker, the inputs, every job, and the figures as Markdown on standard output.
import { cpus, totalmem } from 'node:os'
import { type BenchArguments, readArguments } from './bench-arguments.ts'
import { startBenchCluster } from './bench-cluster.ts'
import { buildJava } from './build-java.ts'
import { jobReport } from './job-report.ts'
import { type Job, jobs } from './jobs/index.ts'
import { runJob } from './run-job.ts'

function chooseJobs(only: readonly string[]): readonly Job[] {
  const chosen = jobs.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)))
  if (chosen.length === 0) throw new Error(`--only names no job; there are ${jobs.map((job) => job.name).join(', ')}`)
  return chosen
}

async function main(options: BenchArguments): Promise<void> {
  const chosen = chooseJobs(options.only)
  buildJava()
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const size = `${options.records.toLocaleString('en-US')} records, ${options.runs} runs`
  process.stdout.write(`Node ${process.versions.node}, ${machine}, ${size}\n\n`)
  const cluster = await startBenchCluster()
  try {
    for (const job of chosen) process.stdout.write(`${jobReport(job, await runJob(job, cluster, options))}\n`)
  } finally {
    await cluster.close()
  }
}

// Ending through exit lets everything that was started be stopped.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
try {
  const options = readArguments(process.argv.slice(2))
  if (typeof options === 'string') process.stdout.write(options)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
