/** Signals that ask a program to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM'

/** What `app.run()` needs of the process around it; Node's `process` is one. */
export interface HostProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  exitCode?: number | string | null | undefined
  exit(code: number): void
  on(signal: StopSignal, listener: () => void): unknown
  off(signal: StopSignal, listener: () => void): unknown
}
