import type { Goal, Job } from './jobs/job.ts'
import type { ProgramResult } from './program/index.ts'
import { spread } from './statistics.ts'

/** The results of a job, by the name of the contestant, one for each run. */
export type JobResults = ReadonlyMap<string, readonly ProgramResult[]>

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A job's figures as a Markdown table, and under it the ratios between contestants and what became of the goals. */
export function jobReport(job: Job, results: JobResults): string {
  const [head, rows] = job.measure === 'rate' ? rateTable(results) : durationTable(results)
  const lines = [`### ${job.name}: ${job.title}`, '', head, ...rows, '']
  for (const goal of job.goals) lines.push(`- ${goalLine(job, goal, results)}`)
  return `${lines.join('\n')}\n`
}

function rateTable(results: JobResults): [string, string[]] {
  const head =
    '| contestant | runs | records/s min | median | max | CPU s | CPU µs/record | peak MiB |\n|---|--:|--:|--:|--:|--:|--:|--:|'
  const rows = [...results].map(([name, runs]) => {
    const rate = spread(runs.map(recordsPerSecond))
    const cpuSeconds = spread(runs.map((run) => run.cpuSeconds)).median.toFixed(1)
    const cpu = spread(runs.map((run) => (run.cpuSeconds / run.records) * 1e6))
    const peak = spread(runs.map((run) => run.peakBytes / 2 ** 20))
    const rates = [rate.min, rate.median, rate.max].map((figure) => whole.format(figure))
    return `| ${name} | ${runs.length} | ${rates.join(' | ')} | ${cpuSeconds} | ${cpu.median.toFixed(2)} | ${whole.format(peak.max)} |`
  })
  return [head, rows]
}

function durationTable(results: JobResults): [string, string[]] {
  const head = '| contestant | runs | seconds min | median | max |\n|---|--:|--:|--:|--:|'
  const rows = [...results].map(([name, runs]) => {
    const { min, median, max } = spread(runs.map((run) => run.seconds))
    return `| ${name} | ${runs.length} | ${min.toFixed(2)} | ${median.toFixed(2)} | ${max.toFixed(2)} |`
  })
  return [head, rows]
}

function goalLine(job: Job, goal: Goal, results: JobResults): string {
  const first = job.contestants[0]!.name
  const own = results.get(first)
  if (own === undefined) return `${first} did not take part`
  if ('withinSeconds' in goal) {
    const seconds = spread(own.map((run) => run.seconds)).median
    return verdict(`${first}: ${seconds.toFixed(2)} s`, `${goal.withinSeconds} s`, seconds <= goal.withinSeconds)
  }
  if ('withinMiB' in goal) {
    const peak = spread(own.map((run) => run.peakBytes / 2 ** 20)).max
    return verdict(`${first}: ${whole.format(peak)} MiB`, `${whole.format(goal.withinMiB)} MiB`, peak <= goal.withinMiB)
  }
  const rate = spread(own.map(recordsPerSecond)).median
  if ('recordsPerSecond' in goal) {
    const share = rate / goal.recordsPerSecond
    const reached = `${first}: ${whole.format(rate)} records/s, ${share.toFixed(2)} of the goal`
    return verdict(reached, `${whole.format(goal.recordsPerSecond)} records/s`, share >= 1)
  }
  const other = results.get(goal.against)
  if (other === undefined) return `${goal.against} did not take part`
  const ratio = rate / spread(other.map(recordsPerSecond)).median
  return verdict(`${first} / ${goal.against}: ${ratio.toFixed(2)}`, goal.atLeast.toFixed(1), ratio >= goal.atLeast)
}

function verdict(reached: string, goal: string, isReached: boolean): string {
  return `${reached} (goal ${goal}, ${isReached ? 'reached' : 'missed'})`
}

function recordsPerSecond(run: ProgramResult): number {
  return run.records / run.seconds
}
