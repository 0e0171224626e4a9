import { deadLetterHeaders } from '@stream/core'
import { type TestDriver, testDriver } from '@stream/testing'
import { describe, expect, it } from 'vitest'
import { mapStore } from '../src/map-store.ts'
import { customerServer, lagSensor, narrate } from '../src/operate.ts'
import { type Payments, shop } from '../src/shop.ts'

const payments: Payments = { charge: async ({ id }) => `receipt of ${id}` }
const order = (id: string, customer: string, cents = 100) => ({ id, customer, cents })

async function driverOf(service = payments): Promise<TestDriver<ReturnType<typeof shop>>> {
  return testDriver((options) => shop(service, options))
}

describe('the shop', () => {
  // #region test
  it('counts and charges every order once, even where its worker dies in the middle of a commit', async () => {
    const driver = await testDriver((options) => shop(payments, options))
    const { orders, receipts, customers } = driver.built

    const crash = driver.crashAt('commit:before-end')
    driver.input(orders).send('o1', { id: 'o1', customer: 'ann', cents: 500 })
    expect(await driver.settle()).toBe('stopped')
    expect(crash.worker).toBe(driver.worker)

    await driver.restart()
    await driver.settle()
    expect(driver.table(customers).get('ann')).toEqual({ orders: 1, cents: 500 })
    expect(driver.output(receipts).readAll()).toMatchObject([{ key: 'o1', value: { receipt: 'receipt of o1' } }])
    await driver.close()
  })
  // #endregion test

  it('tells large orders by customer, and every change of a total', async () => {
    const driver = await driverOf()
    const { orders, large, totals } = driver.built
    driver.input(orders).send('o1', order('o1', 'ann', 250_000))
    driver.input(orders).send('o2', order('o2', 'ann'))
    await driver.settle()
    expect(driver.output(large).readAll()).toMatchObject([{ key: 'ann', value: 'o1: 2500' }])
    expect(driver.output(totals).readToMap()).toEqual(new Map([['ann', { orders: 2, cents: 250_100 }]]))
    await driver.close()
  })

  it('brings an order that cannot be charged to the dead letters after five attempts', async () => {
    let attempts = 0
    const charge = async () => {
      attempts += 1
      throw new Error('card expired')
    }
    const driver = await driverOf({ charge })
    driver.input(driver.built.orders).send('o1', order('o1', 'ann'))
    await driver.settle()
    expect(attempts).toBe(5)
    const [letter] = driver.output('shop-dead-letter').readAll()
    const headers = new Map(letter!.headers.map(([name, value]) => [name, Buffer.from(value!).toString()]))
    expect(headers.get(deadLetterHeaders.message)).toContain('card expired')
    expect(headers.get(deadLetterHeaders.attempts)).toBe('5')
    await driver.close()
  })
})

it('a store written by hand keeps the tables of an app', async () => {
  const driver = await testDriver((options) => shop(payments, options), { store: mapStore })
  driver.input(driver.built.orders).send('o1', order('o1', 'ann'))
  await driver.settle()
  await driver.restart()
  await driver.settle()
  expect(await driver.run(driver.built.customers.query('ann'))).toEqual({ orders: 1, cents: 100 })
  await driver.close()
})

it('an app is watched and asked from outside', async () => {
  const lag = new Map<string, string>()
  const lines: string[] = []
  const driver = await testDriver((options) => {
    const built = shop(payments, { ...options, sensors: [...(options.sensors ?? []), lagSensor(lag)] })
    narrate(built.app, (line) => lines.push(line))
    return built
  })
  driver.input(driver.built.orders).send('o1', order('o1', 'ann'))
  await driver.settle()
  expect(lines).toContain('recovering -> running')
  await driver.advance(10_000)
  expect(lag.size).toBeGreaterThan(0)
  expect(new Set(lag.values())).toEqual(new Set(['0 records, 0 ms']))
  const server = customerServer(driver.built.customers).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { readonly port: number } // it listens on a port, not on a pipe
  const answer = await fetch(`http://127.0.0.1:${port}/customers/ann`)
  expect(await answer.json()).toEqual({ orders: 1, cents: 100 })
  await driver.stop()
  expect((await fetch(`http://127.0.0.1:${port}/customers/ann`)).status).toBe(503)
  await new Promise((resolve) => server.close(resolve))
  await driver.close()
})
