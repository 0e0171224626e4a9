import { type CrashPoint, type TestDriver, testDriver, type WorkerOptions } from '@stream/testing'
import { describe, expect, it } from 'vitest'
import { airportDelays } from '../src/app.ts'
import { differences } from '../src/compare.ts'
import { expectedOf } from '../src/expected.ts'
import { departureMs } from '../src/feed-flights.ts'
import type { Flight } from '../src/flight.ts'
import { readFlights } from '../src/flights-file.ts'

type Driver = TestDriver<ReturnType<typeof airportDelays>>

const flights = readFlights()
const worstMoments: readonly CrashPoint[] = [
  'frozen',
  'committing',
  'commit:after-append',
  'commit:after-offsets',
  'commit:after-end',
  'committed',
  'applying',
  'applied',
]

function send(driver: Driver, some: readonly Flight[]): void {
  const records = some.map((flight) => ({ value: flight, timestamp: departureMs(flight) }))
  driver.input(driver.built.flights).sendAll(records)
}

function found(driver: Driver): Parameters<typeof differences>[1] {
  const { airports, longDelays, delays } = driver.built
  const inOrder = <K, V>(
    records: readonly { key: K; value: V; partition: number; offset: number }[],
  ): (readonly [K, V])[] =>
    records
      .toSorted((one, other) => one.partition - other.partition || one.offset - other.offset)
      .map(({ key, value }) => [key, value])
  return {
    table: new Map(driver.table(delays).entries()),
    airports: inOrder(driver.output(airports).readAll()),
    longDelays: inOrder(driver.output(longDelays).readAll()),
  }
}

describe('airport-delays', () => {
  it('gives every row that a plain loop over the file gives, with a crash at every worst moment', async () => {
    const driver = await testDriver((options: WorkerOptions) => airportDelays(options))
    const share = Math.ceil(flights.length / (worstMoments.length + 1))
    for (const [round, point] of worstMoments.entries()) {
      const crash = driver.crashAt(point, { after: round % 2 })
      send(driver, flights.slice(round * share, (round + 1) * share))
      await driver.settle()
      expect(crash.worker, point).toBe(driver.worker)
      await driver.restart()
    }
    send(driver, flights.slice(worstMoments.length * share))
    await driver.settle()
    expect(differences(expectedOf(flights), found(driver))).toEqual([])
    for (const [origin, row] of expectedOf(flights).airports) {
      expect(await driver.built.delays.query(origin)).toEqual(row)
    }
    await driver.close()
  })

  it('shares the work among three workers, one of which dies', async () => {
    const driver = await testDriver((options: WorkerOptions) => airportDelays(options))
    await driver.addWorker()
    await driver.addWorker()
    await driver.settle()
    const some = flights.slice(0, 6_000)
    const crash = driver.crashAt('committed', { after: 2 })
    for (let from = 0; from < some.length; from += 500) {
      send(driver, some.slice(from, from + 500))
      await driver.advance(50)
    }
    await driver.settle()
    expect(crash.worker?.isAlive).toBe(false)
    expect(differences(expectedOf(some), found(driver))).toEqual([])
    await driver.close()
  })

  it('keeps flights of 2001, whatever the usual retention is', async () => {
    const driver = await testDriver((options: WorkerOptions) => airportDelays(options))
    send(driver, flights.slice(0, 100))
    await driver.settle()
    await driver.advance(3_600_000)
    expect(driver.output(driver.built.flights).readAll()).toHaveLength(100)
    expect(driver.output(driver.built.airports).readAll()).toHaveLength(100)
    await driver.close()
  })
})

describe('the comparison at the end of the demo', () => {
  const expected = expectedOf(flights.slice(0, 500))

  async function right(): Promise<ReturnType<typeof found>> {
    const driver = await testDriver((options: WorkerOptions) => airportDelays(options))
    send(driver, expected.flights)
    await driver.settle()
    const result = found(driver)
    await driver.close()
    return result
  }

  it('notices a row, a change and a long delay that is missing, doubled or wrong', async () => {
    const all = await right()
    expect(differences(expected, all)).toEqual([])
    const table = new Map(all.table)
    table.delete('ATL')
    expect(differences(expected, { ...all, table })).toHaveLength(1)
    expect(
      differences(expected, {
        ...all,
        table: new Map(all.table).set('QQQ', { flights: 1, totalDelay: 1, worstDelay: 1, meanDelay: 1 }),
      }),
    ).toHaveLength(1)
    const middle = all.airports.length >> 1
    expect(differences(expected, { ...all, airports: all.airports.toSpliced(middle, 1) })).not.toEqual([])
    expect(
      differences(expected, {
        ...all,
        airports: all.airports.toSpliced(middle, 0, all.airports[middle] ?? [null, null]),
      }),
    ).not.toEqual([])
    expect(differences(expected, { ...all, airports: all.airports.slice(0, -1) })).toHaveLength(1)
    expect(differences(expected, { ...all, longDelays: all.longDelays.slice(1) })).toHaveLength(1)
    expect(
      differences(expected, { ...all, longDelays: [...all.longDelays, ...all.longDelays.slice(0, 1)] }),
    ).toHaveLength(1)
  })
})
