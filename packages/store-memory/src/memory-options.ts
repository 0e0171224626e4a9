import { StreamError } from '@stream/core/adapter'

/** What {@link memory} takes; all of it is optional. */
export interface MemoryOptions {
  /** Writes the rows to disk from time to time, so that a restart replays only the tail of the changelogs. @default no snapshots */
  readonly snapshot?: SnapshotOptions
}

/** Where and when snapshots are written. */
export interface SnapshotOptions {
  /**
   * Directory of this worker's snapshots, on a local disk; made where it is missing. Every worker needs one of its own.
   * @default `<app id>.memory` in the directory of the setting `stateDir`
   */
  readonly path?: string
  /** Time from the end of one round of snapshots to the next; partitions without changes are left out. @default 60000 */
  readonly intervalMs?: number
}

/** Options with their defaults; the path may come from the app's settings. */
export interface SettledSnapshot {
  readonly path: string | undefined
  readonly intervalMs: number
}

/** What a timer can wait for. */
const longestMs = 2 ** 31 - 1

/** Checks the options and fills in defaults; undefined without snapshots. Throws `STREAM_CONFIG_INVALID`. */
export function settleOptions(options: MemoryOptions): SettledSnapshot | undefined {
  requireKnown('', options, ['snapshot'])
  const { snapshot } = options
  if (snapshot === undefined) return undefined
  if (typeof snapshot !== 'object' || snapshot === null) throw invalidOption('snapshot', 'must be an object')
  requireKnown('snapshot.', snapshot, ['path', 'intervalMs'])
  const { path, intervalMs = 60_000 } = snapshot
  if (path !== undefined && (typeof path !== 'string' || path === '')) {
    throw invalidOption('snapshot.path', 'must be the name of a directory')
  }
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 1 || intervalMs > longestMs) {
    throw invalidOption('snapshot.intervalMs', `must be a whole number of milliseconds from 1 to ${longestMs}`)
  }
  return { path, intervalMs }
}

/** The error about an option. */
export function invalidOption(name: string, requirement: string): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `memory: ${name} ${requirement}.`,
    place: { store: 'memory', option: name },
  })
}

function requireKnown(prefix: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalidOption(`${prefix}${name}`, `is not known; known are ${known.join(', ')}`)
  }
}
