import { describe, expect, it } from 'vitest'
import { runChecks } from '../src/run-checks.ts'
import { fixture } from './fixture.ts'

describe('running checks', () => {
  it('a check that breaks down has failed, and the next one runs', async () => {
    const results = await runChecks(fixture(), [
      { name: 'broken', run: () => Promise.reject(new Error('no compiler')) },
      { name: 'sound', run: () => [] },
    ])
    expect(results.map(({ findings }) => findings.map(({ message }) => message))).toEqual([
      ['could not run: no compiler'],
      [],
    ])
  })
})
