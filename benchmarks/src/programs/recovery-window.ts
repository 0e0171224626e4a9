import type { RecoveryEvent, Sensor } from '@stream/core'
import type { ProgramResult } from '../program/index.ts'

/** Measures from the start of the first recovered partition to the end of the last one. */
export class RecoveryWindow implements Sensor {
  readonly name = 'benchmark'
  readonly result: Promise<ProgramResult>
  readonly #partitions: number
  #resolve: (result: ProgramResult) => void = () => undefined
  #start: { readonly ms: number; readonly cpu: NodeJS.CpuUsage } | undefined
  #ended = 0
  #records = 0

  constructor(partitions: number) {
    this.#partitions = partitions
    this.result = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  onRecovery({ phase, records }: RecoveryEvent): void {
    this.#start ??= { ms: performance.now(), cpu: process.cpuUsage() }
    if (phase !== 'end') return
    this.#records += records
    if (++this.#ended < this.#partitions) return
    const cpu = process.cpuUsage(this.#start.cpu)
    this.#resolve({
      records: this.#records,
      seconds: (performance.now() - this.#start.ms) / 1_000,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    })
  }
}
