import type { BenchArguments } from '../bench-arguments.ts'
import type { BenchCluster } from '../bench-cluster.ts'
import type { ProgramResult } from '../program/index.ts'

/** What a run of a contestant gets. */
export interface RunContext {
  readonly cluster: BenchCluster
  readonly arguments: BenchArguments
  /** Number of the run, from 0. */
  readonly run: number
  /** Name that no other run has: for groups, topics and directories. */
  readonly id: string
}

/** One of those who do a job. */
export interface Contestant {
  readonly name: string
  /** Done once, before the first run. */
  prepare?(context: RunContext): Promise<void>
  run(context: RunContext): Promise<ProgramResult>
}

/** What the first contestant should reach: a multiple of another one, or a number. */
export type Goal =
  | { readonly against: string; readonly atLeast: number }
  | { readonly recordsPerSecond: number }
  | { readonly withinSeconds: number }
  | { readonly withinMiB: number }

/** Something several contestants do, to be compared. */
export interface Job {
  readonly name: string
  readonly title: string
  /** What is compared: records per second, or seconds. */
  readonly measure: 'rate' | 'duration'
  /** In the order they take turns; the goals are those of the first. */
  readonly contestants: readonly Contestant[]
  readonly goals: readonly Goal[]
}
