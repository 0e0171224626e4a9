/** A client of the log, as the log sees it: one transport, which can die or stand still at any moment. */
export interface Connection {
  readonly clientId: string
  /** Drops everything without a close, as SIGKILL does. */
  crash(): void
  /** Stops answering the group, as SIGSTOP does. */
  stall(): void
  /** Undoes {@link Connection.stall}. */
  wake(): void
  /** A message for the app that opened the transport. */
  report(level: 'warn' | 'error', message: string): void
}
