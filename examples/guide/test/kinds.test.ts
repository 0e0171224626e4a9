import { testDriver } from '@stream/testing'
import { expect, it } from 'vitest'
import { report, tower } from '../src/kinds.ts'

it('tables of every kind answer what the page says of them', async () => {
  const driver = await testDriver((options) => tower(options))
  driver.input(driver.built.names).send('SFO', 'San Francisco')
  await driver.settle()
  expect(await driver.run(driver.built.airports.query('SFO'))).toBe('San Francisco')
  const input = driver.input(driver.built.sightings)
  const now = driver.clock.now() - 7_200_000
  input.send('SFO', { flight: 'UA1', altitude: 3000 }, { timestamp: now })
  input.send('SFO', { flight: 'DL7', altitude: 900 }, { timestamp: now + 60_000 })
  await driver.settle()
  expect(await driver.run(report(driver.built, 'SFO', now + 30_000))).toEqual({
    last: { flight: 'DL7', altitude: 900 },
    flights: ['DL7', 'UA1'],
    altitude: 3000,
    then: { flight: 'UA1', altitude: 3000 },
  })
  // Two hours later, by the time of the records.
  input.send('SFO', { flight: 'BA2', altitude: 0 }, { timestamp: now + 7_200_000 })
  await driver.settle()
  expect((await driver.run(report(driver.built, 'SFO', now))).last).toEqual({ flight: 'BA2', altitude: 0 })
  expect(driver.output(driver.built.texts).read()?.value).toBe('UA1 was seen at San Francisco')
  await driver.close()
})
