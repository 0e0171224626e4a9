import type { CutStep } from '@stream/core'
import type { Fault, MemoryLog, Seam } from '@stream/transport-memory'
import type { Built } from './driver-options.ts'
import type { TestWorker } from './test-worker.ts'

/**
 * Where a worker can die: at a step of its cut (`frozen`, `committing`, `committed`, `applying`, `applied`), or at a seam of the log
 * (such as `commit:before-end` and `commit:after-end`: before the decision, and when it has been made but not answered yet).
 * `committed-offsets` is the seam where a worker that opens a task asks for the committed offsets.
 */
export type CrashPoint = CutStep | Exclude<Seam, 'committed'> | 'committed-offsets'

/** Which worker dies, and when. */
export interface CrashOptions {
  /** How often the point is passed first. @default 0 */
  readonly after?: number
  /** Only this worker. @default whichever comes there */
  readonly worker?: TestWorker<Built>
}

/** A crash that was planned. It strikes once. */
export interface Crash {
  readonly point: CrashPoint
  /** Who died; undefined until it has struck. A test that aims at a point checks that it was met. */
  readonly worker: TestWorker<Built> | undefined
  /** Takes the plan back. */
  cancel(): void
}

const cutSteps: readonly CrashPoint[] = ['frozen', 'committing', 'committed', 'applying', 'applied'] satisfies CutStep[]

function isCutStep(point: CrashPoint): point is CutStep {
  return cutSteps.includes(point)
}

/** The log's own name for asking is that of the step that follows a commit. */
function seamOf(point: Exclude<CrashPoint, CutStep>): Seam {
  return point === 'committed-offsets' ? 'committed' : point
}

class PlannedCrash implements Crash {
  readonly point: CrashPoint
  readonly #options: CrashOptions
  #passed = 0
  #isOver = false
  #fault: Fault | undefined
  worker: TestWorker<Built> | undefined

  constructor(point: CrashPoint, options: CrashOptions) {
    this.point = point
    this.#options = options
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Lets the log call, where the point is a seam of it. */
  listen(log: MemoryLog, seam: Seam, workerOf: (clientId: string) => TestWorker<Built> | undefined): void {
    const meet = ({ clientId }: { readonly clientId: string }): void => {
      const worker = workerOf(clientId)
      if (worker !== undefined) this.meet(worker)
    }
    this.#fault = log.faults.at(seam, { kind: 'run', run: meet }, { times: Number.POSITIVE_INFINITY })
  }

  meet(worker: TestWorker<Built>): void {
    const { after = 0, worker: only } = this.#options
    if (this.#isOver || (only !== undefined && only !== worker)) return
    this.#passed += 1
    if (this.#passed <= after) return
    this.worker = worker
    this.cancel()
    worker.crash()
  }

  cancel(): void {
    this.#isOver = true
    this.#fault?.remove()
  }
}

/** The crashes that are planned for the workers of one driver. */
export class CrashPlan {
  readonly #log: MemoryLog
  readonly #workerOf: (clientId: string) => TestWorker<Built> | undefined
  #atSteps: PlannedCrash[] = []

  constructor(log: MemoryLog, workerOf: (clientId: string) => TestWorker<Built> | undefined) {
    this.#log = log
    this.#workerOf = workerOf
  }

  at(point: CrashPoint, options: CrashOptions): Crash {
    const crash = new PlannedCrash(point, options)
    if (isCutStep(point)) this.#atSteps.push(crash)
    else crash.listen(this.#log, seamOf(point), this.#workerOf)
    return crash
  }

  /** A worker's cut has come to a step. */
  meet(step: CutStep, worker: TestWorker<Built>): void {
    for (const crash of this.#atSteps) if (crash.point === step && worker.isAlive) crash.meet(worker)
    this.#atSteps = this.#atSteps.filter((crash) => !crash.isOver)
  }
}
