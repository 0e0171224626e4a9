import type { StreamError, TransportContext } from '@stream/core/adapter'
import { called, failureOf } from './called.ts'
import type { NativeHandle } from './client-library.ts'
import { clientError } from './codes.ts'

/** A line of librdkafka's log. */
export interface LogLine {
  readonly severity: number
  readonly fac: string
  readonly message: string
}

/** syslog's levels. */
const errorSeverity = 3
const warningSeverity = 4
const debugSeverity = 7

/** Passes librdkafka's log and error events on, without what only this package reads. */
export function forwardLog(handle: NativeHandle, log: TransportContext['log']): void {
  handle.on('event.log', ({ severity, fac, message }: LogLine) => {
    // CONFWARN: properties are given to clients of both kinds.
    if (severity >= debugSeverity || fac === 'CONFWARN') return
    const level = severity <= errorSeverity ? 'warn' : severity === warningSeverity ? 'info' : 'debug'
    log(level, `librdkafka ${fac}: ${message}`)
  })
  handle.on('event.error', (error: Error) => log('debug', `librdkafka: ${error.message}`))
}

/** Connects; where nothing answers in time, the handle has let go of everything again and the promise rejects. */
export async function connect(handle: NativeHandle, timeoutMs: number): Promise<void> {
  await called((done) => handle.connect({ allTopics: false, timeout: timeoutMs }, done))
}

/** What {@link connect} rejected with, as an error for the caller of the transport. */
export function connectError(thrown: unknown, what: string): StreamError {
  return clientError(failureOf(thrown), what)
}
