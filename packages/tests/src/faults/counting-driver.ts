import { App, type ErrorEvent, json, string, type Table, type Topic } from '@stream/core'
import { type TestDriver, type TestDriverOptions, testDriver } from '@stream/testing'
import type { MemoryTransport } from '@stream/transport-memory'
import { expect } from 'vitest'
import { keysOf } from '../cluster/index.ts'

const partitions = 3
const keys = [0, 1, 2].flatMap((partition) => keysOf(partition, partitions, 2))

/** An app that counts, and one task of another sub-topology that only sends on. */
export interface CountingApp {
  readonly app: App
  readonly transport: MemoryTransport
  readonly numbers: Topic<string, number>
  readonly counted: Topic<string, readonly [n: number, count: number]>
  readonly counts: Table<string, number, number>
}

/** A driver of the counting app; every `send` pipes one more number in. */
export async function countingDriver(options: Pick<TestDriverOptions, 'env' | 'seed' | 'broker'> = {}): Promise<{
  readonly driver: TestDriver<CountingApp>
  readonly send: () => void
  readonly errors: readonly ErrorEvent[]
}> {
  const errors: ErrorEvent[] = []
  const driver = await testDriver((worker): CountingApp => {
    const app = new App({
      id: 'app',
      ...worker,
      settings: { commitIntervalMs: 20, sessionTimeoutMs: 1_000, heartbeatIntervalMs: 100, rebalanceTimeoutMs: 2_000 },
    })
    app.on('error', (event) => errors.push(event))
    const numbers = app.topic('numbers', { key: string(), value: json<number>(), partitions })
    const counted = app.topic('counted', {
      key: string(),
      value: json<readonly [n: number, count: number]>(),
      partitions,
    })
    const forwarded = app.topic('forwarded', { key: string(), value: json<number>(), partitions: 1 })
    const side = app.topic('side', { key: string(), value: json<number>(), partitions: 1 })
    const counts = app.table('counts', { key: string(), value: json<number>(), default: () => 0 })
    app.handler('count', { source: numbers, tables: { counts }, outputs: [counted] }, async (n, event, tables) => {
      event.send(counted, { key: event.key, value: [n, await tables.counts.update(event.key, (count) => count + 1)] })
    })
    app.stream(side).to(forwarded)
    return { app, transport: worker.transport as MemoryTransport, numbers, counted, counts }
  }, options)
  let sent = 0
  const send = (): void => {
    sent++
    driver.input(driver.built.numbers).send(keys[sent % keys.length]!, sent)
    driver.input({ name: 'side', key: string(), value: json<number>(), partitioner: 'murmur2' }).send('k', sent)
  }
  return { driver, send, errors }
}

/** Every number was counted once, in order per key, and the table says the same. */
export function expectCounted(driver: TestDriver<CountingApp>, numbers: number): void {
  const { counted, counts } = driver.built
  const expected = new Map<string, (readonly [number, number])[]>()
  for (let n = 1; n <= numbers; n++) {
    const key = keys[n % keys.length]!
    const before = expected.get(key) ?? []
    expected.set(key, [...before, [n, before.length + 1]])
  }
  const found = new Map<string, (readonly [number, number])[]>()
  for (const { key, value } of driver
    .output(counted)
    .readAll()
    .toSorted((one, other) => one.offset - other.offset)) {
    found.set(key!, [...(found.get(key!) ?? []), value!])
  }
  expect(found).toEqual(expected)
  for (const [key, results] of expected) expect(driver.table(counts).get(key)).toBe(results.length)
}
