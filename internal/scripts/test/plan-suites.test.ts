import { describe, expect, it } from 'vitest'
import { planSuites } from '../plan-suites.mjs'
import type { Component } from '../suites.mjs'

const suite = (name: string, needs: readonly Component[]) => {
  return { name, needs, include: [], exclude: [], timeBudgetMs: 1, fast: true }
}
const unit = suite('unit', [])
const kafka = suite('kafka', ['kafka'])

const without = async () => ({ available: false, reason: 'no Java' })

describe('the plan of suites', () => {
  it('runs everything where nothing is missing', async () => {
    const { toRun, tally } = await planSuites([unit, kafka], async () => ({ available: true, reason: '' }), {
      isStrict: true,
    })
    expect(toRun).toEqual([unit, kafka])
    expect(tally).toMatchObject({ failed: 0, notRun: [] })
  })

  it('leaves out what misses a component and says why', async () => {
    const { toRun, tally } = await planSuites([unit, kafka], without, { isStrict: false })
    expect(toRun).toEqual([unit])
    expect(tally).toMatchObject({ failed: 0, notRun: ['suite kafka: no Java'] })
  })

  it('leaves out only what needs the component that is missing', async () => {
    const rdkafka = suite('rdkafka', ['kafka', 'rdkafka'])
    const onlyKafka = async (name: Component) => ({ available: name === 'kafka', reason: 'not compiled' })
    const { toRun, tally } = await planSuites([unit, kafka, rdkafka], onlyKafka, { isStrict: false })
    expect(toRun).toEqual([unit, kafka])
    expect(tally).toMatchObject({ failed: 0, notRun: ['suite rdkafka: not compiled'] })
  })

  it('fails for a missing component in CI', async () => {
    const { tally } = await planSuites([unit, kafka], without, { isStrict: true })
    expect(tally).toMatchObject({ failed: 1, failures: ['suite kafka could not run: no Java'], notRun: [] })
  })
})
