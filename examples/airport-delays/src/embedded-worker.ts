import type { Store } from '@stream/core/adapter'
import { type MemoryLog, type MemoryTransport, memory } from '@stream/transport-memory'
import { airportDelays } from './app.ts'
import type { DemoStore } from './demo-store.ts'
import type { DemoWorker, Moment } from './demo-worker.ts'
import type { Airport } from './flight.ts'

type Program = ReturnType<typeof airportDelays>

/**
 * A worker on a log of this process. It dies by being cut off: none of its calls reaches the log or is answered any more, and its store is
 * taken away from it, as the system does with the files of a killed process.
 */
export class EmbeddedWorker implements DemoWorker {
  readonly #log: MemoryLog
  readonly #stores: DemoStore
  #program: Program | undefined
  #crash: { readonly moment: Moment; readonly done: () => void } | undefined

  constructor(log: MemoryLog, stores: DemoStore) {
    this.#log = log
    this.#stores = stores
  }

  async start(): Promise<void> {
    const transport = memory({ log: this.#log })
    const store = this.#stores.make()
    const program = airportDelays({
      transport,
      store,
      // A worker that keeps its id takes its place in the group again at once.
      settings: { workerId: 'demo' },
      sensors: [{ name: 'demo', onCutStep: ({ step }) => this.#reached(step, transport, store) }],
    })
    this.#program = program
    this.#log.faults.clear()
    const inTransaction = (): void => this.#reached('in transaction', transport, store)
    this.#log.faults.at(
      'commit:after-offsets',
      { kind: 'run', run: inTransaction },
      { times: Number.POSITIVE_INFINITY },
    )
    await program.app.start()
  }

  crashAt(moment: Moment): Promise<void> {
    return new Promise((resolve) => {
      this.#crash = { moment, done: resolve }
    })
  }

  #reached(moment: Moment, transport: MemoryTransport, store: Store): void {
    const crash = this.#crash
    if (crash === undefined || crash.moment !== moment) return
    this.#crash = undefined
    this.#program = undefined
    this.#log.crash(transport)
    void store.close().then(crash.done)
  }

  async rows(): Promise<ReadonlyMap<string, Airport>> {
    const rows = new Map<string, Airport>()
    if (this.#program !== undefined) for await (const [key, row] of this.#program.delays.queryAll()) rows.set(key, row)
    return rows
  }

  async stop(): Promise<void> {
    await this.#program?.app.stop()
  }
}
