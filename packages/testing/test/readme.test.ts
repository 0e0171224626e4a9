// #region example
import { App, type AppOptions, json, string } from '@stream/core'
import { testDriver } from '@stream/testing'
import { expect, it } from 'vitest'

interface Flight {
  delay: number
}

// As in the program itself: whoever builds the app says where it runs.
function buildApp(options: Partial<AppOptions>) {
  const app = new App({ id: 'delays', ...options })
  const flights = app.topic('flights', { key: string(), value: json<Flight>(), partitions: 4 })
  const alerts = app.topic('alerts', { key: string(), value: json<Flight>() })
  const minutes = app.table('minutes', { key: string(), value: json<number>(), default: () => 0 })
  app.handler(
    'count',
    { source: flights, tables: { minutes }, outputs: [alerts] },
    async (flight, event, { minutes }) => {
      await minutes.update(event.key, (sum) => sum + flight.delay)
      if (flight.delay > 120) event.send(alerts, { key: event.key, value: flight })
    },
  )
  return { app, flights, alerts, minutes }
}

it('counts every flight once, even where its worker dies between the commit and its own store', async () => {
  const driver = await testDriver(buildApp)
  const { flights, alerts, minutes } = driver.built

  const crash = driver.crashAt('committed')
  driver.input(flights).send('SFO', { delay: 150 })
  expect(await driver.settle()).toBe('stopped')
  expect(crash.worker).toBe(driver.worker)

  await driver.restart()
  driver.input(flights).send('SFO', { delay: 12 })
  expect(await driver.settle()).toBe('settled')

  expect(driver.table(minutes).get('SFO')).toBe(162)
  expect(driver.output(alerts).readAll()).toMatchObject([{ key: 'SFO', value: { delay: 150 } }])
  await driver.close()
})
// #endregion example
