import { describeThrown } from '../errors/index.ts'
import type { ErrorEvent, RebalanceEvent, RecoveryEvent, Sensor } from '../sensor/index.ts'
import type { StateChange } from './app-state.ts'
import type { Log } from './log.ts'

/** What an app tells its listeners. */
export interface AppEvents {
  /** The app went from one state to another. */
  readonly state: StateChange
  /** Partitions came or went. */
  readonly rebalance: RebalanceEvent
  /** A table partition is being restored: start, progress, end. */
  readonly recovery: RecoveryEvent
  /** Something failed: a record, a task, or the app. */
  readonly error: ErrorEvent
}

/** Takes one kind of event. What it throws is logged, and hurts nothing. */
export type AppListener<Name extends keyof AppEvents> = (event: AppEvents[Name]) => void

type Listeners = { readonly [Name in keyof AppEvents]: Set<AppListener<Name>> }

/** The listeners of one app. */
export class AppEmitter {
  readonly #listeners: Listeners = { state: new Set(), rebalance: new Set(), recovery: new Set(), error: new Set() }
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof AppEvents>(name: Name, listener: AppListener<Name>): () => void {
    const listeners: Set<AppListener<Name>> = this.#listeners[name]
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  emit<Name extends keyof AppEvents>(name: Name, event: AppEvents[Name]): void {
    const listeners: Set<AppListener<Name>> = this.#listeners[name]
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (thrown) {
        this.#log('warn', `a listener of "${name}" threw: ${describeThrown(thrown)}`)
      }
    }
  }

  /** The sensor that feeds the listeners. */
  sensor(): Sensor {
    return {
      name: 'app events',
      onRebalance: (event) => this.emit('rebalance', event),
      onRecovery: (event) => this.emit('recovery', event),
      onError: (event) => this.emit('error', event),
    }
  }
}
