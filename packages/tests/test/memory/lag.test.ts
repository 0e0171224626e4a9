import { App, json, type LagEvent, string } from '@stream/core'
import { testDriver } from '@stream/testing'
import { memory } from '@stream/transport-memory'
import { expect, it } from 'vitest'
import { Gate } from '../../src/cases/gate.ts'

/** An app of one partition whose handler waits for the gate, and what a sensor is told of its lag. */
async function scene() {
  const gate = new Gate()
  const readings: LagEvent[] = []
  const driver = await testDriver((worker) => {
    const sensors = [...worker.sensors, { name: 'lag', onLag: (event: LagEvent) => void readings.push(event) }]
    const app = new App({ id: 'app', ...worker, sensors, settings: { lagIntervalMs: 1_000, sessionTimeoutMs: 10_000 } })
    const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions: 1 })
    app.handler('h', { source: numbers, concurrency: 1 }, async () => gate.pass())
    return { app, numbers }
  })
  const input = driver.input(driver.built.numbers)
  return { driver, gate, send: () => input.send('k', 1), last: () => readings.at(-1)! }
}

it('lag is told in records and in time, and is none where everything is done', async () => {
  const { driver, gate, send, last } = await scene()
  await driver.advance(1_500)
  expect(last()).toEqual({
    task: 'numbers_0',
    topic: 'numbers',
    partition: 0,
    position: 0,
    committedOffset: 0,
    stableOffset: 0,
    endOffset: 0,
    records: 0,
    timeMs: 0,
    heldBackMs: 0,
  })
  send()
  await driver.advance(2_000)
  expect(last()).toMatchObject({ position: 0, endOffset: 1, records: 1, heldBackMs: 0 })
  expect(last().timeMs).toBeGreaterThan(1_000)
  for (let i = 0; i < 300; i++) send()
  await driver.advance(60_000)
  expect(last()).toMatchObject({ position: 0, committedOffset: 0, records: 301 })
  // What waits is younger than what is in work.
  expect(last().timeMs).toBeGreaterThan(55_000)
  expect(last().timeMs).toBeLessThan(62_000)
  gate.open()
  await driver.settle()
  await driver.advance(1_500)
  expect(last()).toMatchObject({ position: 301, committedOffset: 301, records: 0, timeMs: 0 })
  await driver.close()
})

it('a transaction that hangs shows as a stable offset that is held back, until it is over', async () => {
  const { driver, gate, last } = await scene()
  gate.open()
  const held = driver.log.faults.at('commit:before-end', { kind: 'hold' })
  const other = memory({ log: driver.log })
  await other.open({ log: () => undefined })
  const committer = other.committer({ transactionalId: 'somebody', timeoutMs: 600_000 })
  await committer.init()
  const records = [{ key: Buffer.from('k'), value: Buffer.from('7'), timestamp: driver.clock.now() }]
  const committing = committer.commit({
    out: [{ topic: 'numbers', partition: 0, records }],
    offsets: [],
    group: { groupId: 'none', memberId: 'nobody', generation: 0 },
  })
  await driver.advance(1_500)
  expect(last()).toMatchObject({ position: 0, stableOffset: 0, endOffset: 1, records: 1, heldBackMs: 0 })
  // None of it was fetched: nobody knows how old it is.
  expect(last().timeMs).toBeUndefined()
  await driver.advance(30_000)
  expect(last().heldBackMs).toBeGreaterThanOrEqual(29_000)
  held.release()
  expect((await driver.run(committing)).kind).toBe('committed')
  await driver.advance(2_000)
  expect(last()).toMatchObject({ records: 0, timeMs: 0, heldBackMs: 0 })
  expect(last().stableOffset).toBe(last().endOffset)
  await driver.close()
})
