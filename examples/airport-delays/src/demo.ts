import { setTimeout as sleep } from 'node:timers/promises'
import { airportDelays } from './app.ts'
import { differences } from './compare.ts'
import { CrashSchedule, crashCount } from './crash-schedule.ts'
import type { DemoSetting } from './demo-setting.ts'
import type { DemoWorker } from './demo-worker.ts'
import { type Expected, expectedOf } from './expected.ts'
import { feedFlights } from './feed-flights.ts'
import type { Airport } from './flight.ts'
import { readFlights } from './flights-file.ts'
import { ProgressLine } from './progress-line.ts'
import { TopicTail } from './topic-tail.ts'
import { worstAirports } from './worst-airports.ts'

/** Nothing new for this long: what is missing now will not come any more. */
const patienceMs = 15_000

/** Runs the demo. Resolves to whether every row was right. */
export async function runDemo({ name, prefix, transport, worker, store }: DemoSetting): Promise<boolean> {
  const line = new ProgressLine()
  const expected = expectedOf(readFlights())
  const total = expected.flights.length
  const startedAtMs = performance.now()
  const where = `${name}, tables in ${store.name}`
  line.say(`${count(total)} flights go through ${where}, exactly once, while the worker is killed ${crashCount} times.`)

  await transport.open({ log: () => undefined })
  await worker.start()
  const topics = airportDelays({ transport }, prefix)
  const airports = new TopicTail(transport, topics.airports)
  const longDelays = new TopicTail(transport, topics.longDelays)
  const crashes = new CrashSchedule(worker, total, (text) => line.say(text))
  const feeding = feedFlights(transport, topics.flights, expected.flights)
  await Promise.all([feeding, follow(expected, airports, longDelays, crashes, line)])
  const table = await completeRows(worker, total)
  await worker.stop()
  // What should not be there may come late.
  for (const tail of [airports, longDelays]) await tail.poll(200)
  await transport.close()

  const found = { table, airports: airports.records, longDelays: longDelays.records }
  const wrong = differences(expected, found)
  line.say(['', ...worstAirports(table), '', ...wrong.slice(0, 20)].join('\n'))
  const took = `${crashes.crashed} crashes, ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s`
  const sizes = `${table.size} airports in the table, ${count(airports.records.length)} changes of them, ${longDelays.records.length} long delays`
  const isRight = wrong.length === 0 && crashes.crashed === crashCount
  line.say(
    isRight
      ? `Every row is what a plain loop over the file gives: ${sizes}. None lost, none doubled; ${took}.`
      : `${count(wrong.length)} differences from what a plain loop over the file gives: ${sizes}; ${took}.`,
  )
  return isRight
}

/** Shows how the results come in, and lets the worker die on the way, until they are complete or nothing comes any more. */
async function follow(
  expected: Expected,
  airports: TopicTail<string, Airport>,
  longDelays: TopicTail<string, unknown>,
  crashes: CrashSchedule,
  line: ProgressLine,
): Promise<void> {
  const total = expected.flights.length
  let seen = -1
  let newsAtMs = 0
  for (;;) {
    await airports.poll(50)
    await longDelays.poll(0)
    const done = airports.records.length
    if (done > seen) newsAtMs = performance.now()
    seen = done
    const text = `${count(done)} of ${count(total)} flights counted, ${longDelays.records.length} long delays`
    line.show(text, Math.floor((10 * done) / total))
    crashes.keepUpWith(done)
    const isComplete = done >= total && longDelays.records.length >= expected.longDelays.length && !crashes.isBusy
    if (isComplete || performance.now() - newsAtMs > patienceMs) return
  }
}

/** Readers of the log may hear of a commit before the worker does; so the table gets a moment. */
async function completeRows(worker: DemoWorker, total: number): Promise<ReadonlyMap<string, Airport>> {
  for (let attempt = 1; ; attempt += 1) {
    const rows = await worker.rows()
    let flights = 0
    for (const row of rows.values()) flights += row.flights
    if (flights >= total || attempt === 50) return rows
    await sleep(100)
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
