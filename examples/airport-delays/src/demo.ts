import type { CutStep } from '@stream/core'
import { airportDelays } from './app.ts'
import { differences } from './compare.ts'
import type { DemoSetting } from './demo-setting.ts'
import { expectedOf } from './expected.ts'
import { feedFlights } from './feed-flights.ts'
import { readFlights } from './flights-file.ts'
import { ProgressLine } from './progress-line.ts'
import { TopicTail } from './topic-tail.ts'
import { worstAirports } from './worst-airports.ts'

/** The worst moments, in the order in which the worker dies at them, and what is lost then unless somebody cares. */
const crashes: readonly (readonly [CutStep, string])[] = [
  ['committing', 'with everything ready to be committed'],
  ['committed', 'when Kafka had committed and its own table knew nothing of it'],
  ['frozen', 'with results that nobody had seen yet'],
  ['applying', 'while rows went into its table'],
  ['applied', 'when everything was done and it had not said so yet'],
]

/** Nothing new for this long: what is missing now will not come any more. */
const patienceMs = 15_000

/** Runs the demo. Resolves to whether every row was right. */
export async function runDemo({ name, prefix, transport, worker }: DemoSetting): Promise<boolean> {
  const flights = readFlights()
  const expected = expectedOf(flights)
  const line = new ProgressLine()
  const startedAtMs = performance.now()
  line.say(
    `${count(flights.length)} flights go through ${name}, exactly once, while the worker is killed ${crashes.length} times.`,
  )

  await transport.open({ log: () => undefined })
  await worker.start()
  const topics = airportDelays({ transport }, prefix)
  const airports = new TopicTail(transport, topics.airports, 4)
  const longDelays = new TopicTail(transport, topics.longDelays, 4)

  let crashed = 0
  let isWorkerBusy = false
  let hasFailed: unknown
  const fail = (thrown: unknown): void => {
    hasFailed ??= thrown
  }
  const crashOnce = async (): Promise<void> => {
    const [step, when] = crashes[crashed] as (typeof crashes)[number]
    await worker.crashAt(step)
    const diedAtMs = performance.now()
    await worker.start()
    crashed += 1
    line.say(`  killed ${when} (${step}); back after ${(performance.now() - diedAtMs).toFixed(0)} ms`)
    isWorkerBusy = false
  }
  feedFlights(transport, topics.flights, flights).catch(fail)

  let lastNewsAtMs = performance.now()
  for (let before = 0; ; ) {
    await airports.poll(50)
    await longDelays.poll(0)
    if (hasFailed !== undefined) throw hasFailed
    const done = airports.records.length
    line.show(
      `${count(done)} of ${count(flights.length)} flights counted, ${longDelays.records.length} long delays`,
      Math.floor((done / flights.length) * 10),
    )
    if (done !== before) lastNewsAtMs = performance.now()
    before = done
    if (!isWorkerBusy && crashed < crashes.length && done > ((crashed + 1) * flights.length) / (crashes.length + 2)) {
      isWorkerBusy = true
      crashOnce().catch(fail)
    }
    const isComplete = done >= flights.length && longDelays.records.length >= expected.longDelays.length
    if (!isWorkerBusy && (isComplete || performance.now() - lastNewsAtMs > patienceMs)) break
  }

  const table = await worker.rows()
  await worker.stop()
  // What would be there twice may come late.
  for (const tail of [airports, longDelays]) {
    await tail.poll(200)
    await tail.close()
  }
  await transport.close()

  line.say('')
  for (const text of worstAirports(table)) line.say(text)
  line.say('')
  const wrong = differences(expected, { table, airports: airports.records, longDelays: longDelays.records })
  for (const difference of wrong.slice(0, 20)) line.say(`  ${difference}`)
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  line.say(
    wrong.length === 0
      ? `Every row is what a plain loop over the file gives: ${table.size} airports in the table, ${count(airports.records.length)} changes, ` +
          `${count(longDelays.records.length)} long delays. Nothing lost, nothing doubled, ${crashed} crashes, ${seconds} s.`
      : `${count(wrong.length)} differences from a plain loop over the file, after ${crashed} crashes, ${seconds} s.`,
  )
  return wrong.length === 0 && crashed === crashes.length
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
