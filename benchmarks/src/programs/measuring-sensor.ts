import type { CutEndEvent, ProcessedEvent, Sensor } from '@stream/core'
import { MeasuredWindow, type ProgramSettings } from '../program/index.ts'

/**
 * Measures an app from the end of the warm-up to the cut that commits the last record of its input: outputs, changelog and
 * offsets are then with the broker.
 */
export class MeasuringSensor implements Sensor {
  readonly name = 'benchmark'
  readonly window: MeasuredWindow
  readonly #settings: ProgramSettings
  #processed = 0
  #committed = 0
  #allProcessed: () => void = () => undefined
  #allCommitted: () => void = () => undefined
  #spoilt: (error: Error) => void = () => undefined
  /** Resolves when every record of the input is processed. */
  readonly processed: Promise<void> = new Promise((resolve) => {
    this.#allProcessed = resolve
  })
  /** Resolves when every record of the input is committed; rejects when a cut was not. */
  readonly committed: Promise<void> = new Promise((resolve, reject) => {
    this.#allCommitted = resolve
    this.#spoilt = reject
  })

  constructor(settings: ProgramSettings) {
    this.#settings = settings
    this.window = new MeasuredWindow(settings)
  }

  onProcessed({ topic, records }: ProcessedEvent): void {
    if (topic !== this.#settings.input) return
    this.window.done(records)
    this.#processed += records
    if (this.#processed === this.#settings.records) this.#allProcessed()
  }

  onCutEnd({ outcome, records, error }: CutEndEvent): void {
    if (outcome !== 'committed')
      this.#spoilt(new Error(`a cut ended as ${outcome}: ${error?.message}`, { cause: error }))
    this.#committed += records
    if (this.#committed === this.#settings.records) this.#allCommitted()
  }
}
