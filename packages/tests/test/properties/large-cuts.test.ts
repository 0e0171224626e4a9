import { App, json, string } from '@stream/core'
import { testDriver } from '@stream/testing'
import type { MemoryLog } from '@stream/transport-memory'
import { expect, it } from 'vitest'
import { JudgedStore } from '../../src/properties/index.ts'

/** More than what goes into a store before the event loop gets a turn. */
const keys = Array.from({ length: 6_000 }, (_, index) => `key${index}`)

it.each([0, 1])(
  'rows of one cut that reach the store in slices are repaired from the changelog after a crash before slice %i',
  async (after) => {
    const violations: string[] = []
    const cuts: number[] = []
    const found: { log?: MemoryLog } = {}
    const driver = await testDriver(
      (options) => {
        const watch = { onCutStart: ({ rows }: { readonly rows: number }) => cuts.push(rows) }
        const sensors = [...(options.sensors ?? []), watch]
        const app = new App({ id: 'app', ...options, sensors, settings: { commitIntervalMs: 1_000 } })
        const source = app.topic('in', { key: string(), value: json<number>(), partitions: 1 })
        const rows = app.table('rows', { key: string(), value: json<number>(), default: () => 0 })
        app.handler('sum', { source, tables: { rows } }, async (value, event, tables) => {
          await tables.rows.update(event.key, (sum) => sum + value)
        })
        return { app, source, rows }
      },
      { store: () => new JudgedStore(found.log!, violations), isStarted: false },
    )
    found.log = driver.log
    await driver.start()
    const { source, rows } = driver.built
    const input = driver.input(source)
    input.sendAll(keys.map((key) => ({ key, value: 1 })))
    await driver.settle()
    const crash = driver.crashAt('applying', { after })
    input.sendAll(keys.map((key) => ({ key, value: 2 })))
    expect(await driver.settle()).toBe('stopped')
    expect(crash.worker).toBe(driver.worker)
    expect(cuts.at(-1)).toBe(keys.length)
    await driver.restart()
    input.sendAll(keys.map((key) => ({ key, value: 4 })))
    await driver.settle()
    expect(violations).toEqual([])
    expect(new Set(new Map(driver.table(rows).entries()).values())).toEqual(new Set([7]))
    for (const key of [keys[0]!, keys[5_500]!, keys[5_999]!]) {
      expect(await driver.run(driver.built.rows.query(key))).toBe(7)
    }
    await driver.close()
  },
)
