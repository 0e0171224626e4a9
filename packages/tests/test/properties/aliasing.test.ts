import { App, bytes } from '@stream/core'
import { testDriver } from '@stream/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkProperty, propertyTimeoutMs } from '../../src/properties/index.ts'

const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 30 })

/** Every byte array that user code ever got, with a copy made when it did. */
class Kept {
  readonly #pairs: (readonly [given: Uint8Array, copy: Uint8Array])[] = []

  keep(given: Uint8Array): void {
    this.#pairs.push([given, Uint8Array.from(given)])
  }

  expectUnchanged(): void {
    for (const [given, copy] of this.#pairs) expect(given).toEqual(copy)
  }
}

async function holds(values: readonly Uint8Array[]): Promise<void> {
  const kept = new Kept()
  const driver = await testDriver((options) => {
    const app = new App({ id: 'app', ...options, settings: { commitIntervalMs: 20 } })
    const source = app.topic('in', { partitions: 1 })
    const out = app.topic('out', { partitions: 1 })
    const rows = app.table('rows', { key: bytes(), value: bytes() })
    // One buffer for everything, overwritten by every record: what was handed over must be a copy.
    const scratch = new Uint8Array(16)
    app.handler('reuse', { source, outputs: [out], tables: { rows }, concurrency: 4 }, async (value, event, tables) => {
      kept.keep(event.key)
      kept.keep(value)
      const before = await tables.rows.get(event.key)
      if (before !== undefined) (before as Uint8Array).fill(9)
      const again = await tables.rows.get(event.key)
      if (again !== undefined) kept.keep(again)
      await null
      scratch.fill(0)
      scratch.set(value)
      const part = scratch.subarray(0, value.length)
      tables.rows.set(event.key, part)
      event.send(out, { key: event.key, value: part })
      scratch.fill(255)
    })
    return { app, rows }
  })
  const input = driver.input('in')
  for (const [index, value] of values.entries()) {
    input.send(Uint8Array.of(index % 3), value)
    if (index % 5 === 4) await driver.advance(25)
  }
  await driver.settle()
  kept.expectUnchanged()
  const sent = driver.output('out').readAll()
  const last = new Map<number, Uint8Array>()
  for (const [index, value] of values.entries()) last.set(index % 3, value)
  for (const key of last.keys()) {
    const own = sent.filter((record) => record.key![0] === key).map((record) => Uint8Array.from(record.value!))
    expect(own).toEqual(values.filter((_, index) => index % 3 === key).map((value) => Uint8Array.from(value)))
  }
  const { rows } = driver.built
  for (const [key, value] of last) {
    const ask = () => driver.run(rows.query(Uint8Array.of(key)))
    const found = (await ask()) as Uint8Array
    expect(Uint8Array.from(found)).toEqual(Uint8Array.from(value))
    // Whoever asked may do with it what they like.
    found.fill(7)
    expect(Uint8Array.from((await ask())!)).toEqual(Uint8Array.from(value))
  }
  kept.expectUnchanged()
  await driver.restart()
  await driver.settle()
  for (const [key, value] of last) {
    expect(Uint8Array.from((await driver.run(driver.built.rows.query(Uint8Array.of(key))))!)).toEqual(
      Uint8Array.from(value),
    )
  }
  await driver.close()
}

it(
  'bytes that go in and out are nobody else’s: an app may reuse its buffers, and keep what it got',
  () => checkProperty(contents, holds, { runs: 60 }),
  propertyTimeoutMs,
)
