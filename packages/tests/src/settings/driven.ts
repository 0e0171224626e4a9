import { App, json, type SettingsInput, string, type Topic } from '@stream/core'
import { type TestDriver, type TestDriverOptions, testDriver, type WorkerOptions } from '@stream/testing'
import type { FaultContext, Seam } from '@stream/transport-memory'

export const formats: { readonly key: ReturnType<typeof string>; readonly value: ReturnType<typeof json<number>> } = {
  key: string(),
  value: json<number>(),
}

/** An app of a test, and its input. */
export interface Driven {
  readonly app: App
  readonly numbers: Topic<string, number>
}

/** What {@link driven} is made of. */
export interface DrivenOptions extends TestDriverOptions {
  /** Partitions of the input. @default 1 */
  readonly partitions?: number
  /** Changes what the app is made with. */
  readonly options?: (worker: WorkerOptions) => Partial<WorkerOptions>
}

/** Settings beside the one that is looked at: quick, and without surprise. */
const quiet: SettingsInput = { commitIntervalMs: 100, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 500 }

/** An app over the topic `numbers` under a virtual clock. `declare` says what it does. */
export function driven(
  settings: SettingsInput,
  declare: (app: App, numbers: Topic<string, number>) => void,
  { partitions = 1, options = () => ({}), ...rest }: DrivenOptions = {},
): Promise<TestDriver<Driven>> {
  return testDriver((worker): Driven => {
    const app = new App({ id: 'app', ...worker, ...options(worker), settings: { ...quiet, ...settings } })
    const numbers = app.topic('numbers', { ...formats, partitions })
    declare(app, numbers)
    return { app, numbers }
  }, rest)
}

/** Sends numbers in turn to the keys `k0`, `k1` and so on. */
export function send(driver: TestDriver<Driven>, count: number, keys: number = 1): void {
  const input = driver.input(driver.built.numbers)
  for (let n = 0; n < count; n++) input.send(`k${n % keys}`, n)
}

/** Sends everything on to the topic `out`. */
export function forward(app: App, numbers: Topic<string, number>): void {
  app.stream(numbers).to(app.topic('out', { ...formats, partitions: 1 }))
}

/** How many records a read-committed reader of a topic sees. */
export function visible(driver: TestDriver<Driven>, topic: string = 'out'): number {
  return driver.output(topic).readAll().length
}

/** Counts how often a seam of the log is met; nothing else happens there. */
export function counted(
  driver: TestDriver<Driven>,
  seam: Seam,
  when: (context: FaultContext) => boolean = () => true,
): { readonly hits: number } {
  return driver.log.faults.at(seam, { kind: 'run', run: () => undefined }, { times: Number.POSITIVE_INFINITY, when })
}

export function never(): Promise<never> {
  return new Promise(() => undefined)
}
