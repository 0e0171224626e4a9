import type { HostProcess } from '@stream/core'

/**
 * A process for one app under test: with an environment of its own, so that the settings of the machine do not reach the test, and
 * without signals.
 */
export function virtualProcess(env: Readonly<Record<string, string>>): HostProcess {
  return { env, exit: () => undefined, on: () => undefined, off: () => undefined }
}
