import type { StreamError } from '../errors/index.ts'
import type { HostProcess, StopSignal } from './host-process.ts'
import type { Log } from './log.ts'

const signalNumbers: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 }

/** What {@link runUntilOver} runs. */
export interface Runnable {
  readonly failure: StreamError | undefined
  readonly over: Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Time for what follows `app.run()` in the program, before handles that others left open cannot keep the process alive any more. */
const graceMs = 5_000

/**
 * Runs until a signal, a stop or a failure ends it. Never rejects: a failure is logged as one line, and gives the process the exit
 * code 1. A second signal ends the process at once, with 128 and the signal's number. After a signal or a failure the process ends 5 s
 * later at the latest, even where something else (a server, a connection) would keep it alive.
 */
export async function runUntilOver(app: Runnable, host: HostProcess, log: Log): Promise<void> {
  let isStopping = false
  const stopOn = (signal: StopSignal) => (): void => {
    if (isStopping) {
      log(
        'warn',
        `second signal (${signal}): ending at once; what was not committed is processed again after the next start`,
      )
      host.exit(128 + signalNumbers[signal])
      return
    }
    isStopping = true
    log('info', `${signal}: draining; a second signal ends at once`)
    // Its outcome is the app's failure, read below.
    app.stop().catch(() => undefined)
  }
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, stopOn(signal)] as const)
  for (const [signal, listener] of listeners) host.on(signal, listener)
  try {
    await app.start().catch(() => undefined)
    await app.over
  } finally {
    for (const [signal, listener] of listeners) host.off(signal, listener)
  }
  const { failure } = app
  if (failure === undefined && !isStopping) return
  if (failure !== undefined) {
    log('error', `${failure.code}: ${failure.message}`)
    host.exitCode = 1
  }
  // Not the app's clock: the app is over, and this is about the real process.
  setTimeout(() => host.exit(failure === undefined ? 0 : 1), graceMs).unref()
}
