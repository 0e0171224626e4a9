import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import { resolveSettings, resolveTable } from './resolve-settings.ts'
import { environmentVariable } from './setting.ts'
import { settingsTable } from './settings-table.ts'

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work()
  } catch (error) {
    if (!StreamError.is(error, 'STREAM_CONFIG_INVALID')) throw error
    const problems = error.place.problems as readonly string[]
    for (const problem of problems) expect(error.message).toContain(problem)
    return problems
  }
  return []
}

describe('resolveSettings', () => {
  it('prefers the environment to code, and code to the default', () => {
    const { values } = resolveSettings({
      code: { sessionTimeoutMs: 20_000, fetchWaitMs: 100 },
      env: { STREAM_SESSION_TIMEOUT_MS: '30000' },
    })
    expect(values.sessionTimeoutMs).toBe(30_000)
    expect(values.fetchWaitMs).toBe(100)
    expect(values.heartbeatIntervalMs).toBe(3_000)
  })
  it('takes undefined and empty variables as not set', () => {
    const { values } = resolveSettings({
      code: { fetchWaitMs: undefined },
      env: { STREAM_FETCH_WAIT_MS: '', STREAM_STORE: undefined },
    })
    expect(values.fetchWaitMs).toBe(500)
    expect(values.store).toBeUndefined()
  })
  it('cuts every 100 ms exactly once and every second at least once, unless told otherwise', () => {
    expect(resolveSettings({}).values.commitIntervalMs).toBe(100)
    expect(resolveSettings({ code: { guarantee: 'at_least_once' } }).values.commitIntervalMs).toBe(1_000)
    expect(resolveSettings({ env: { STREAM_GUARANTEE: 'at_least_once' } }).values.commitIntervalMs).toBe(1_000)
    expect(resolveSettings({ code: { guarantee: 'at_least_once', commitIntervalMs: 5 } }).values.commitIntervalMs).toBe(
      5,
    )
  })
  it('freezes values unless in production', () => {
    expect(resolveSettings({}).values.freezeValues).toBe(true)
    expect(resolveSettings({ env: { NODE_ENV: 'production' } }).values.freezeValues).toBe(false)
    expect(resolveSettings({ env: { NODE_ENV: 'production', STREAM_FREEZE_VALUES: 'true' } }).values.freezeValues).toBe(
      true,
    )
  })
  it('has defaults that fit their own definitions', () => {
    const { values } = resolveSettings({})
    const defined = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
    expect(problemsOf(() => resolveSettings({ code: defined }))).toEqual([])
  })
  it('gives out settings that nobody changes', () => {
    expect(Object.isFrozen(resolveSettings({}).values)).toBe(true)
  })
  it('reads units from the environment', () => {
    const env = {
      STREAM_DRAIN_TIMEOUT_MS: '2m',
      STREAM_TASK_TIMEOUT_MS: '1500ms',
      STREAM_MAX_STAGED_BYTES: '16 MiB',
      STREAM_CREATE_TOPICS: '0',
    }
    expect(resolveSettings({ env }).values).toMatchObject({
      drainTimeoutMs: 120_000,
      taskTimeoutMs: 1_500,
      maxStagedBytes: 16_777_216,
      createTopics: false,
    })
  })
  it('reads from a variable what it would take from code', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.boolean(), (timeout, create) => {
        const fromEnv = resolveSettings({
          env: { STREAM_TASK_TIMEOUT_MS: String(timeout), STREAM_CREATE_TOPICS: String(create) },
        })
        expect(fromEnv.values).toEqual(
          resolveSettings({ code: { taskTimeoutMs: timeout, createTopics: create } }).values,
        )
      }),
    )
  })
})

describe('a wrong configuration', () => {
  it('is refused once, with everything that is wrong', () => {
    const problems = problemsOf(() =>
      resolveSettings({
        code: {
          commitIntervallMs: 5,
          sessionTimeoutMs: '45s',
          guarantee: 'exactly-once',
          maxPollBytes: 1_000,
          stragglerCuts: 0,
        } as never,
        env: { STREAM_FETCH_WAIT_MS: 'soon', STREAM_TRANSPROT: 'memory://', STREAM_CREATE_TOPICS: 'maybe' },
      }),
    )
    expect(problems).toEqual([
      'commitIntervallMs is no setting (did you mean commitIntervalMs?)',
      'sessionTimeoutMs must be a whole number of milliseconds, from 100 to 2147483647; it is "45s"',
      'guarantee must be exactly_once or at_least_once; it is "exactly-once"',
      'stragglerCuts must be a whole number, 1 or more; it is 0',
      'fetchWaitMs must be a whole number of milliseconds, from 1 to 2147483647; it is "soon"'.replace(
        'fetchWaitMs',
        'STREAM_FETCH_WAIT_MS',
      ),
      'STREAM_CREATE_TOPICS must be true or false; it is "maybe"',
      'STREAM_TRANSPROT is set in the environment, and no setting has that variable (did you mean STREAM_TRANSPORT?)',
      'maxPartitionBytes (4194304) must be at most maxPollBytes (1000), which bounds all partitions of a poll together',
    ])
  })
  it.each([
    [
      { heartbeatIntervalMs: 5_000, sessionTimeoutMs: 10_000 },
      'heartbeatIntervalMs (5000) must be less than half of sessionTimeoutMs (10000)',
    ],
    [{ maxPartitionBytes: 32_000_000 }, 'maxPartitionBytes (32000000) must be at most maxPollBytes (16777216)'],
    [{ commitIntervalMs: 300_000 }, 'progressTimeoutMs (300000) must be more than commitIntervalMs (300000)'],
  ])('is refused where settings cannot work together: %j', (code, problem) => {
    expect(problemsOf(() => resolveSettings({ code }))[0]).toContain(problem)
  })
  it('says nothing about a combination with a value that is wrong by itself', () => {
    expect(
      problemsOf(() => resolveSettings({ code: { heartbeatIntervalMs: 30_000, sessionTimeoutMs: -1 } })),
    ).toHaveLength(1)
  })
  it.each([
    ['fetchWaitMs', 0.5],
    ['fetchWaitMs', 0],
    ['fetchWaitMs', 2 ** 31],
    ['fetchWaitMs', Number.NaN],
    ['maxStagedBytes', -1],
    ['createTopics', 'true'],
    ['workerId', 'my pod'],
    ['workerId', ''],
    ['transport', {}],
    ['replicationFactor', -2],
    ['store', null],
  ])('is refused: %s of %j', (name, value) => {
    expect(problemsOf(() => resolveSettings({ code: { [name]: value } as never }))[0]).toContain(`${name} must be `)
  })
  it.each(['1.5', '0x10', '1e3', '', ' ', '10 parsecs', '-5'])(
    'is refused: a duration of %j in the environment',
    (text) => {
      const problems = problemsOf(() => resolveSettings({ env: { STREAM_FETCH_WAIT_MS: text } }))
      expect(problems).toHaveLength(text === '' ? 0 : 1)
    },
  )
  it('does not take names of Object.prototype for settings', () => {
    const code = JSON.parse('{"constructor": 1, "__proto__": 2, "toString": 3}') as never
    expect(problemsOf(() => resolveSettings({ code }))).toHaveLength(3)
    expect(problemsOf(() => resolveSettings({ env: { STREAM_GUARANTEE: 'constructor' } }))).toHaveLength(1)
  })
})

describe('STREAM_* variables that are no settings', () => {
  it('are let through where they belong to tools of the library', () => {
    expect(problemsOf(() => resolveSettings({ env: { STREAM_TEST_TRANSPORT: 'x', STREAM_KAFKA_HOME: 'y' } }))).toEqual(
      [],
    )
  })
  it('are let through where Kubernetes sets them for a service', () => {
    const env = {
      STREAM_SERVICE_HOST: '10.0.0.1',
      STREAM_PORT: 'tcp://10.0.0.1:80',
      STREAM_WEB_SERVICE_PORT_HTTP: '80',
      STREAM_WEB_PORT_80_TCP_ADDR: '10.0.0.1',
    }
    expect(problemsOf(() => resolveSettings({ env }))).toEqual([])
  })
  it('are refused else, and other variables are nobody else’s business', () => {
    expect(problemsOf(() => resolveSettings({ env: { STREAM_NONSENSE: '1', STREAMS: '1', PATH: '/bin' } }))).toEqual([
      'STREAM_NONSENSE is set in the environment, and no setting has that variable',
    ])
  })
})

describe('explain', () => {
  it('tells the value of every setting and where it came from', () => {
    const explained = resolveSettings({ code: { stateDir: './state' }, env: { STREAM_FETCH_WAIT_MS: '7' } }).explain()
    expect(explained.map((setting) => setting.name)).toEqual(Object.keys(settingsTable))
    expect(explained.find((setting) => setting.name === 'fetchWaitMs')).toEqual({
      name: 'fetchWaitMs',
      value: 7,
      source: 'environment',
      variable: 'STREAM_FETCH_WAIT_MS',
    })
    expect(explained.find((setting) => setting.name === 'stateDir')).toMatchObject({ value: './state', source: 'code' })
    expect(explained.find((setting) => setting.name === 'rebalance')).toMatchObject({
      value: 'auto',
      source: 'default',
    })
    expect(explained.find((setting) => setting.name === 'store')).toMatchObject({ value: undefined, source: 'default' })
  })
  it('shows addresses without credentials', () => {
    const env = { STREAM_TRANSPORT: 'kafkajs://app:hunter2@localhost:9092?saslPassword=hunter2&ssl=true' }
    const shown = JSON.stringify(resolveSettings({ env }).explain())
    expect(shown).toContain('kafkajs://***@localhost:9092?saslPassword=***&ssl=true')
    expect(shown).not.toContain('hunter2')
    expect(resolveSettings({ env }).values.transport).toBe(env.STREAM_TRANSPORT)
  })
  it('never shows a secret, neither its value nor a wrong one', () => {
    const table = { webToken: { type: 'secret', section: 'Web', doc: 'Secret.', pattern: '[a-z]+' } } as const
    const resolved = resolveTable(table, { code: { webToken: 'hush' } })
    expect(resolved.values.webToken).toBe('hush')
    expect(resolved.explain()).toEqual([
      { name: 'webToken', value: '***', source: 'code', variable: 'STREAM_WEB_TOKEN' },
    ])
    expect(problemsOf(() => resolveTable(table, { code: { webToken: 'HUSH' } }))[0]).not.toContain('HUSH')
  })
})

describe('environment variables', () => {
  it('follow from the names of the settings, each its own', () => {
    expect(environmentVariable('commitIntervalMs')).toBe('STREAM_COMMIT_INTERVAL_MS')
    const variables = Object.keys(settingsTable).map(environmentVariable)
    expect(new Set(variables).size).toBe(variables.length)
  })
})
