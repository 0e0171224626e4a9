import { describe, expect, it } from 'vitest'
import { AppLifecycle, type EngineReports } from '../../src/app/app-lifecycle.ts'
import { StreamError } from '../../src/errors/index.ts'
import { FakeEngine } from './fakes.ts'

const broken = new StreamError({ code: 'STREAM_STORE_FAILED', message: 'disk on fire' })

const stoppedWhileStarting = {
  code: 'STREAM_CLOSED',
  message: 'app app was stopped while it started; everything is closed, make a new App to run it again',
}

function lifecycle(prepare: (engine: FakeEngine) => void = () => undefined) {
  const log: string[] = []
  const engine = new FakeEngine(log)
  prepare(engine)
  let reports: EngineReports | undefined
  const app = new AppLifecycle({
    appId: 'app',
    drainTimeoutMs: 1234,
    assemble: async (given) => {
      log.push('assemble')
      reports = given
      return { engine, close: async () => void log.push('close') }
    },
    onChange: ({ from, to, failure }) =>
      log.push(`${from} -> ${to}${failure === undefined ? '' : ` (${failure.message})`}`),
  })
  return { app, log, engine, reports: () => reports! }
}

describe('an app', () => {
  it('goes through its states as its engine reports them, and closes the engine before everything around it', async () => {
    const { app, log, engine, reports } = lifecycle()
    engine.onStart = async () => reports().onState('rebalancing')
    await app.start()
    reports().onState('recovering')
    reports().onState('recovering')
    reports().onState('running')
    await app.stop()
    expect(log).toEqual([
      'created -> starting',
      'assemble',
      'engine start',
      'starting -> rebalancing',
      'rebalancing -> recovering',
      'recovering -> running',
      'running -> draining',
      'engine stop 1234',
      'close',
      'draining -> stopped',
    ])
    await app.over
  })
  it('starts once', async () => {
    const { app } = lifecycle()
    await app.start()
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_STATE_INVALID',
      message: 'app app cannot start, it is starting; an App is started once',
    })
    await app.stop()
    await expect(app.start()).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
  })
  it('stops once, however often it is asked', async () => {
    const { app, log } = lifecycle()
    await app.start()
    await Promise.all([app.stop(), app.stop()])
    await app.stop()
    expect(log.filter((line) => line.startsWith('engine stop'))).toHaveLength(1)
  })
  it('that never started stops without opening anything', async () => {
    const { app, log } = lifecycle()
    await app.stop()
    expect(log).toEqual(['created -> stopped'])
    await expect(app.start()).rejects.toMatchObject({ message: expect.stringContaining('make a new App') })
  })
  it('that is stopped while its engine starts ends as stopped, at once; the start says so', async () => {
    const { app, log, engine } = lifecycle()
    const begun = new Promise<void>((resolve) => {
      engine.onStart = () => {
        resolve()
        return new Promise(() => undefined)
      }
    })
    const starting = app.start()
    await begun
    await Promise.all([app.stop(), expect(starting).rejects.toMatchObject(stoppedWhileStarting)])
    expect(log.slice(-4)).toEqual(['starting -> draining', 'engine stop 1234', 'close', 'draining -> stopped'])
  })
  it('that is stopped while it is wired starts no engine; what comes of the wiring all the same is closed', async () => {
    const { app, log } = lifecycle()
    const starting = app.start()
    await Promise.all([app.stop(), expect(starting).rejects.toMatchObject(stoppedWhileStarting)])
    expect(log).not.toContain('engine start')
    expect(log.slice(-3)).toEqual(['engine stop 1234', 'close', 'draining -> stopped'])
  })
  it('that is stopped while its wiring waits for something makes the wiring give up', async () => {
    const changes: string[] = []
    const app = new AppLifecycle({
      appId: 'app',
      drainTimeoutMs: 1,
      assemble: (_, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      onChange: ({ to }) => changes.push(to),
    })
    const starting = app.start()
    await Promise.all([app.stop(), expect(starting).rejects.toMatchObject(stoppedWhileStarting)])
    expect(changes).toEqual(['starting', 'stopped'])
  })
})

describe('a failure', () => {
  it('reported while it runs ends the app: drained, closed, then failed with its cause', async () => {
    const { app, log, reports } = lifecycle()
    await app.start()
    reports().onFailure(broken)
    expect(app.state).toBe('draining')
    expect(app.failure).toBeUndefined()
    await app.over
    expect(app.state).toBe('failed')
    expect(app.failure).toBe(broken)
    expect(log.slice(-3)).toEqual(['engine stop 1234', 'close', 'draining -> failed (disk on fire)'])
    await expect(app.stop()).resolves.toBeUndefined()
  })
  it('of the wiring rejects the start, and there is nothing to drain', async () => {
    const changes: string[] = []
    const app = new AppLifecycle({
      appId: 'app',
      drainTimeoutMs: 1,
      assemble: () => Promise.reject(new TypeError('odd')),
      onChange: ({ to }) => changes.push(to),
    })
    await expect(app.start()).rejects.toMatchObject({
      code: 'STREAM_INTERNAL',
      message: 'app app could not start: odd',
    })
    expect(changes).toEqual(['starting', 'failed'])
    expect(app.failure).toMatchObject({ code: 'STREAM_INTERNAL' })
  })
  it('of the engine as it starts closes what was opened, and rejects the start with the cause', async () => {
    const { app, log } = lifecycle((engine) => {
      engine.onStart = () => Promise.reject(broken)
    })
    await expect(app.start()).rejects.toBe(broken)
    expect(log.slice(-4)).toEqual([
      'starting -> draining',
      'engine stop 1234',
      'close',
      'draining -> failed (disk on fire)',
    ])
  })
  it('reported while the engine starts rejects the start, even where the engine never comes to an end with it', async () => {
    const { app, engine, reports } = lifecycle()
    engine.onStart = () => {
      reports().onFailure(broken)
      return new Promise(() => undefined)
    }
    await expect(app.start()).rejects.toBe(broken)
    expect(app.state).toBe('failed')
  })
  it('of the drain closes everything all the same, and rejects the stop', async () => {
    const { app, log } = lifecycle((engine) => {
      engine.onStop = () => Promise.reject(broken)
    })
    await app.start()
    await expect(app.stop()).rejects.toBe(broken)
    expect(log.slice(-2)).toEqual(['close', 'draining -> failed (disk on fire)'])
  })
  it('that is reported while the app drains becomes its failure; the first one counts', async () => {
    const { app, engine, reports } = lifecycle()
    engine.onStop = async () => {
      reports().onFailure(broken)
      throw new Error('second')
    }
    await app.start()
    await expect(app.stop()).rejects.toBe(broken)
  })
})
