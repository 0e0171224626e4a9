// The benchmark's one command: its own broker, the inputs, every job, and the figures as Markdown on standard output.
import { cpus, totalmem } from 'node:os'
import { type BenchArguments, readArguments } from './bench-arguments.ts'
import { type BenchCluster, startBenchCluster } from './bench-cluster.ts'
import { buildJava } from './build-java.ts'
import { jobReport } from './job-report.ts'
import { jobs } from './jobs/index.ts'
import { runJob } from './run-job.ts'

async function runJobs(cluster: BenchCluster, options: BenchArguments): Promise<void> {
  const chosen = jobs.filter(
    ({ name }) => options.only.length === 0 || options.only.some((only) => name.startsWith(only)),
  )
  if (chosen.length === 0) throw new Error(`--only names no job; there are ${jobs.map((job) => job.name).join(', ')}`)
  for (const job of chosen) process.stdout.write(`${jobReport(job, await runJob(job, cluster, options))}\n`)
}

const options = readArguments(process.argv.slice(2))
buildJava()
process.stdout.write(
  `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `${options.records.toLocaleString('en-US')} records, ${options.runs} runs\n\n`,
)
const cluster = await startBenchCluster()
try {
  await runJobs(cluster, options)
} finally {
  await cluster.close()
}
