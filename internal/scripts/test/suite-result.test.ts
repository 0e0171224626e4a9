import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryRoot } from '../repository-root.mjs'
import { suiteResult } from '../suite-result.mjs'
import { suites } from '../suites.mjs'
import { summary } from '../tally.mjs'

const file = (status: string, tests: readonly string[]) => ({
  name: join(repositoryRoot, 'a.test.ts'),
  status,
  assertionResults: tests.map((one) => ({ status: one })),
})

const report = (testResults: readonly ReturnType<typeof file>[], skipped = 0) => {
  const tests = testResults.flatMap((one) => one.assertionResults)
  const count = (status: string) => tests.filter((test) => test.status === status).length
  const counts = {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: skipped,
    numTodoTests: 0,
  }
  return { ...counts, testResults }
}

const ended = { code: 0, isTimedOut: false, isStrict: true }

describe('the count of a suite', () => {
  it('adds up what passed and what failed', () => {
    const result = suiteResult('unit', report([file('failed', ['passed', 'failed', 'failed'])]), { ...ended, code: 1 })
    expect(result).toMatchObject({ passed: 1, failed: 2, failures: ['suite unit: a.test.ts: 2 failed'] })
  })

  it('counts a file that could not be loaded as a failure', () => {
    expect(suiteResult('unit', report([file('failed', [])]), { ...ended, code: 1 }).failed).toBe(1)
  })

  it('counts a run that ended badly although no test failed', () => {
    expect(suiteResult('unit', report([file('passed', ['passed'])]), { ...ended, code: 1 })).toMatchObject({
      passed: 1,
      failed: 1,
    })
  })

  it('counts a run without a report, or beyond its time budget, as a failure', () => {
    expect(suiteResult('unit', undefined, ended).failed).toBe(1)
    expect(suiteResult('unit', undefined, { ...ended, isTimedOut: true }).failed).toBe(1)
  })

  it('tells skipped tests, and fails for them in CI', () => {
    const skipped = report([file('passed', ['passed'])], 2)
    expect(suiteResult('unit', skipped, ended).failed).toBe(1)
    expect(suiteResult('unit', skipped, { ...ended, isStrict: false })).toMatchObject({
      failed: 0,
      notRun: ['suite unit: 2 tests were skipped'],
    })
  })
})

describe('the summary', () => {
  it('ends with one plain line of counts', () => {
    const text = summary({ passed: 3, failed: 1, failures: ['build ended'], notRun: ['suite kafka: no Java'] })
    expect(text.split('\n')).toEqual([
      'Failed:',
      '  build ended',
      '',
      'Not run here:',
      '  suite kafka: no Java',
      '',
      '3 passed, 1 failed',
    ])
  })
})

describe('the table of suites', () => {
  it('leaves CI within 50 minutes even where every suite uses up its budget', () => {
    const sum = (chosen: typeof suites) => chosen.reduce((total, suite) => total + suite.timeBudgetMs, 0)
    expect(sum(suites) + sum(suites.filter((suite) => suite.fast))).toBeLessThan(42 * 60_000)
  })
})
