import type { Link } from './link.ts'

/** One step of a stream: plain data until a task compiles it. */
export interface Operator {
  /** For drawings, for example `filter` or `to alerts`. */
  readonly label: string
  /** Compiles the step in front of what follows it. */
  link(next: Link): Link
}
