import { StreamError } from '@stream/core'
import { memory } from '@stream/transport-memory'
import { describe, expect, it } from 'vitest'
import { countingDriver, expectCounted } from '../../src/faults/index.ts'

const commitSeams = [
  'commit:before-append',
  'commit:after-append',
  'commit:after-offsets',
  'commit:before-end',
  'commit:after-end',
] as const
const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'the broker was away', retryable: true })

describe('a commit', () => {
  it.each(commitSeams)('whose answer is lost at %s neither loses nor doubles anything', async (seam) => {
    const { driver, send } = await countingDriver()
    const fault = driver.log.faults.at(seam, { kind: 'lose-answer' }, { after: 1 })
    for (let i = 0; i < 20; i++) {
      send()
      await driver.advance(30)
    }
    await driver.settle()
    expect(fault.hits).toBe(1)
    expectCounted(driver, 20)
    await driver.close()
  })

  it.each(commitSeams.slice(0, 4))('that is refused at %s is made again from the checkpoint', async (seam) => {
    const { driver, send, errors } = await countingDriver()
    const fault = driver.log.faults.at(seam, { kind: 'fail', error: away }, { times: 3, after: 1 })
    for (let i = 0; i < 20; i++) {
      send()
      await driver.advance(30)
    }
    await driver.settle()
    expect(fault.hits).toBe(3)
    expect(errors.filter(({ consequence }) => consequence === 'task-closed')).toHaveLength(3)
    expectCounted(driver, 20)
    await driver.close()
  })
})

describe('a stalled worker', () => {
  it('is fenced by its successor, and goes on as a member when it wakes', async () => {
    const { driver, send, errors } = await countingDriver()
    const other = await driver.addWorker()
    await driver.settle()
    const stalled = driver.worker
    driver.log.stall(stalled.built.transport)
    // Commits would count as signs of life.
    await driver.advance(2_500)
    for (let i = 0; i < 40; i++) {
      send()
      await driver.advance(60)
    }
    // Both processed what came in; only the owner could commit it.
    expect(errors.some(({ error }) => error.code === 'STREAM_FENCED')).toBe(true)
    driver.log.wake(stalled.built.transport)
    await driver.settle()
    expect(stalled.app.state).toBe('running')
    expect([stalled, other].map(({ app }) => app.tasks().length)).toEqual([2, 2])
    expectCounted(driver, 40)
    await driver.close()
  })

  it('alone in its group comes back by itself, however often its cuts were fenced', async () => {
    const { driver, send } = await countingDriver()
    driver.log.stall(driver.worker.built.transport)
    await driver.advance(2_500)
    for (let i = 0; i < 60; i++) {
      send()
      await driver.advance(60)
    }
    driver.log.wake(driver.worker.built.transport)
    await driver.settle()
    expectCounted(driver, 60)
    await driver.close()
  })
})

describe('two workers', () => {
  it('under one worker id: one of them ends, fenced, and says so', async () => {
    const { driver, send, errors } = await countingDriver({ env: { STREAM_WORKER_ID: 'same' } })
    const other = await driver.addWorker()
    const failed = (async () => {
      for (let i = 0; i < 400; i++) {
        send()
        await driver.advance(50)
      }
    })()
    await expect(failed).rejects.toMatchObject({ code: 'STREAM_FENCED' })
    expect([driver.worker, other].filter(({ app }) => app.state === 'failed')).toHaveLength(1)
    expect(errors.at(-1)?.consequence).toBe('app-failed')
    await driver.close()
  })
})

describe('recovery', () => {
  it('reaches the log end, not the last stable offset: what is being committed meanwhile counts', async () => {
    const { driver, send } = await countingDriver()
    for (let i = 0; i < 6; i++) send()
    await driver.settle()
    await driver.stop()
    const { counts } = driver.built
    const changelog = counts.changelog.name
    const [row] = driver.output(changelog).readAll()
    // Somebody's transaction on the changelog is decided only later.
    const held = driver.log.faults.at('commit:before-end', { kind: 'hold' })
    const other = memory({ log: driver.log })
    await other.open({ log: () => undefined })
    const committer = other.committer({ transactionalId: 'somebody', timeoutMs: 60_000 })
    await committer.init()
    const records = [{ key: row!.key, value: Buffer.from('41'), timestamp: driver.clock.now() }]
    const committing = committer.commit({
      out: [{ topic: changelog, partition: row!.partition, records }],
      offsets: [],
      group: { groupId: 'app', memberId: 'nobody', generation: 0 },
    })
    await driver.advance(1)
    let stateBefore: string | undefined
    driver.clock.setTimer(1_000, () => {
      stateBefore = driver.worker.app.state
      held.release()
    })
    await driver.start()
    await driver.advance(1_500)
    expect(stateBefore).toBe('recovering')
    expect((await driver.run(committing)).kind).toBe('committed')
    await driver.settle()
    expect(await driver.run(driver.built.counts.query(Buffer.from(row!.key!).toString()))).toBe(41)
    await driver.close()
  })
})

describe('recovery of one task', () => {
  it('stops no other: they work while it waits for its changelog', async () => {
    const { driver, send } = await countingDriver({ env: { STREAM_PROGRESS_TIMEOUT_MS: '1h' } })
    for (let i = 0; i < 30; i++) send()
    await driver.settle()
    await driver.stop()
    let isHeld = true
    const waiting = driver.log.faults.at(
      'fetch',
      {
        kind: 'run',
        run: async () => {
          while (isHeld) await new Promise<void>((resolve) => void driver.clock.setTimer(10, resolve))
        },
      },
      { times: Number.POSITIVE_INFINITY, when: ({ topics }) => topics?.[0] === 'app-counts-changelog' },
    )
    await driver.start()
    await driver.advance(500)
    expect(driver.worker.app.state).toBe('recovering')
    expect(waiting.hits).toBeGreaterThan(0)
    const before = driver.log.records('forwarded', 0).length
    for (let i = 0; i < 30; i++) send()
    await driver.advance(500)
    expect(driver.log.records('forwarded', 0).length).toBeGreaterThan(before)
    isHeld = false
    waiting.remove()
    await driver.settle()
    expectCounted(driver, 60)
    await driver.close()
  })
})
