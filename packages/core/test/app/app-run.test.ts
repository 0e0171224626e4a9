import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppLifecycle, type EngineReports } from '../../src/app/app-lifecycle.ts'
import { runUntilOver } from '../../src/app/app-run.ts'
import { StreamError } from '../../src/errors/index.ts'
import { FakeEngine, FakeProcess } from './fakes.ts'

function running() {
  const lines: string[] = []
  const host = new FakeProcess()
  const engine = new FakeEngine([])
  let reports: EngineReports | undefined
  const app = new AppLifecycle({
    appId: 'app',
    drainTimeoutMs: 1,
    assemble: async (given) => {
      reports = given
      return { engine, close: async () => undefined }
    },
    onChange: () => undefined,
  })
  const run = (): Promise<void> => runUntilOver(app, host, (level, message) => lines.push(`${level} ${message}`))
  return { app, host, engine, lines, run, reports: () => reports! }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('run', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops the app; the exit code stays 0', async (signal) => {
    const { app, host, run } = running()
    const over = run()
    host.signal(signal)
    await over
    expect(app.state).toBe('stopped')
    expect(host.exitCode).toBeUndefined()
    expect(host.listening).toBe(0)
  })
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second signal (%s) ends the process at once', async (signal, code) => {
    const { host, engine, run } = running()
    engine.onStop = () => new Promise(() => undefined)
    void run()
    host.signal('SIGTERM')
    expect(host.exits).toEqual([])
    host.signal(signal)
    expect(host.exits).toEqual([code])
  })
  it('a failure is logged in one line, and makes the exit code 1', async () => {
    const { app, host, lines, run, reports } = running()
    const over = run()
    await vi.waitFor(() => reports().onFailure(new StreamError({ code: 'STREAM_FENCED', message: 'another worker' })))
    await over
    expect(app.state).toBe('failed')
    expect(lines).toEqual(['error STREAM_FENCED: another worker'])
    expect(host.exitCode).toBe(1)
    expect(host.listening).toBe(0)
  })
  it('a start that fails is a failure like any other', async () => {
    const { host, engine, lines, run } = running()
    engine.onStart = () =>
      Promise.reject(new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'nobody there' }))
    await run()
    expect(lines).toEqual(['error STREAM_BROKER_UNAVAILABLE: nobody there'])
    expect(host.exitCode).toBe(1)
  })
  it('a drain that fails after a signal makes the exit code 1', async () => {
    const { host, engine, run } = running()
    engine.onStop = () => Promise.reject(new StreamError({ code: 'STREAM_DRAIN_TIMEOUT', message: 'too slow' }))
    const over = run()
    host.signal('SIGTERM')
    await over
    expect(host.exitCode).toBe(1)
  })
  it('is over within 5 s after a signal or a failure, whatever else keeps the process alive', async () => {
    const { host, run } = running()
    const over = run()
    host.signal('SIGTERM')
    await over
    vi.advanceTimersByTime(4_999)
    expect(host.exits).toEqual([])
    vi.advanceTimersByTime(1)
    expect(host.exits).toEqual([0])
  })
  it('that the program stops itself leaves the process alone', async () => {
    const { app, host, run } = running()
    const over = run()
    await app.stop()
    await over
    vi.advanceTimersByTime(60_000)
    expect(host.exits).toEqual([])
  })
})
