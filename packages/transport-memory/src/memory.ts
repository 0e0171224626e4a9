import type { MemoryLog } from './memory-log.ts'
import { MemoryTransport } from './memory-transport.ts'
import { namedLog } from './named-logs.ts'
import type { SnapshotOptions } from './snapshot.ts'

/** What {@link memory} is asked for. */
export interface MemoryOptions {
  /** A log of one's own, or the name of one that is shared by all apps of the process. @default 'default' */
  readonly log?: MemoryLog | string
  /** Keeps the log in a file, so that a small application can live without Kafka. @default none */
  readonly snapshot?: SnapshotOptions
}

/**
 * A transport on an embedded log.
 *
 * @example
 * ```ts
 * const app = new App({ id: 'airport-delays', transport: memory() })
 * ```
 */
export function memory({ log = 'default', snapshot }: MemoryOptions = {}): MemoryTransport {
  return new MemoryTransport(typeof log === 'string' ? namedLog(log) : log, snapshot)
}
