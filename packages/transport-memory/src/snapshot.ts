/** Where a log is kept between two runs of a process. */
export interface SnapshotOptions {
  /** The file; its folder has to exist. */
  readonly path: string
  /** How often it is written while there is something new. @default 5000 */
  readonly intervalMs?: number
}
