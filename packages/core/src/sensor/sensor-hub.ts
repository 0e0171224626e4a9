import type { Sensor, SensorHook } from './sensor.ts'
import { sensorHooks } from './sensor.ts'
import type {
  ConsumedEvent,
  CutEndEvent,
  CutStartEvent,
  CutStepEvent,
  ErrorEvent,
  LagEvent,
  ProcessedEvent,
  ProducedEvent,
  RebalanceEvent,
  RecordProcessedEvent,
  RecoveryEvent,
  TableReadEvent,
  TableWriteEvent,
} from './sensor-events.ts'

/** A hook of a sensor threw, or its promise was rejected. */
export interface SensorFailure {
  readonly sensor: string
  readonly hook: SensorHook
  readonly cause: unknown
}

/**
 * Tells many sensors. Check `active` before an event is made, so that nobody pays for what nobody watches:
 *
 * ```ts
 * if (hub.active.onTableRead) hub.onTableRead({ table, partition, layer, rows: 1, found: 1 })
 * ```
 */
export class SensorHub implements Required<Omit<Sensor, 'name'>> {
  /** Which hooks any sensor has; never changes. */
  readonly active: Readonly<Record<SensorHook, boolean>>
  readonly #sensors: Readonly<Record<SensorHook, readonly Sensor[]>>
  readonly #names: ReadonlyMap<Sensor, string>
  readonly #reported = perHook(() => new Set<Sensor>())
  readonly #onFailure: (failure: SensorFailure) => void

  /** @param onFailure told of the first failure of each hook of each sensor; later ones are silent */
  constructor(sensors: readonly Sensor[], onFailure: (failure: SensorFailure) => void) {
    this.#sensors = perHook((hook) => sensors.filter((sensor) => typeof sensor[hook] === 'function'))
    this.active = Object.freeze(perHook((hook) => this.#sensors[hook].length > 0))
    this.#names = new Map(sensors.map((sensor, index) => [sensor, sensor.name ?? `sensor ${index + 1}`]))
    this.#onFailure = onFailure
  }

  onConsumed(event: ConsumedEvent): void {
    this.#tell('onConsumed', event)
  }

  onProcessed(event: ProcessedEvent): void {
    this.#tell('onProcessed', event)
  }

  onRecordProcessed(event: RecordProcessedEvent): void {
    this.#tell('onRecordProcessed', event)
  }

  onProduced(event: ProducedEvent): void {
    this.#tell('onProduced', event)
  }

  onLag(event: LagEvent): void {
    this.#tell('onLag', event)
  }

  onTableRead(event: TableReadEvent): void {
    this.#tell('onTableRead', event)
  }

  onTableWrite(event: TableWriteEvent): void {
    this.#tell('onTableWrite', event)
  }

  onCutStart(event: CutStartEvent): void {
    this.#tell('onCutStart', event)
  }

  onCutStep(event: CutStepEvent): void {
    this.#tell('onCutStep', event)
  }

  onCutEnd(event: CutEndEvent): void {
    this.#tell('onCutEnd', event)
  }

  onRebalance(event: RebalanceEvent): void {
    this.#tell('onRebalance', event)
  }

  onRecovery(event: RecoveryEvent): void {
    this.#tell('onRecovery', event)
  }

  onError(event: ErrorEvent): void {
    this.#tell('onError', event)
  }

  #tell<Hook extends SensorHook>(hook: Hook, event: Parameters<NonNullable<Sensor[Hook]>>[0]): void {
    for (const sensor of this.#sensors[hook]) {
      try {
        // The type relates hook and event, which indexing by a type parameter cannot express. An async hook passes for one without a result.
        const result: unknown = (sensor[hook] as (event: unknown) => unknown).call(sensor, event)
        if (result instanceof Promise) result.catch((cause: unknown) => this.#fail(sensor, hook, cause))
      } catch (cause) {
        this.#fail(sensor, hook, cause)
      }
    }
  }

  #fail(sensor: Sensor, hook: SensorHook, cause: unknown): void {
    if (this.#reported[hook].has(sensor)) return
    this.#reported[hook].add(sensor)
    this.#onFailure({ sensor: this.#names.get(sensor)!, hook, cause })
  }
}

function perHook<Value>(make: (hook: SensorHook) => Value): Record<SensorHook, Value> {
  const values: Partial<Record<SensorHook, Value>> = {}
  for (const hook of sensorHooks) values[hook] = make(hook)
  return values as Record<SensorHook, Value>
}
