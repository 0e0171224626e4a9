import { describe, expect, it } from 'vitest'
import { testDriver } from '../src/index.ts'
import { countApp } from './count-app.ts'

describe('testDriver', () => {
  it('processes what is piped in, and shows outputs and tables as they are committed', async () => {
    const driver = await testDriver(countApp)
    const { numbers, counted, counts } = driver.built
    const input = driver.input(numbers)
    input.send('a', 3)
    input.send('b', 4)
    input.send('a', 5, { timestamp: 1_700_000_000_000, headers: [['h', null]] })
    expect(await driver.settle()).toBe('settled')
    const output = driver.output(counted)
    expect(output.readToMap()).toEqual(
      new Map([
        ['a', { count: 2, last: 5 }],
        ['b', { count: 1, last: 4 }],
      ]),
    )
    expect(output.isEmpty).toBe(true)
    expect(driver.table(counts).get('a')).toEqual({ count: 2, last: 5 })
    expect(driver.table(counts).get('z')).toEqual({ count: 0, last: -1 })
    await driver.close()
  })
})
