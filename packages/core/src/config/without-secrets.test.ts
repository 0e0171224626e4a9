import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import { withoutSecrets } from './without-secrets.ts'

describe('withoutSecrets', () => {
  it('gives the same error where there is nothing to hide', () => {
    const error = new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: 'port is no number',
      cause: new Error('NaN'),
    })
    expect(withoutSecrets(error, ['hunter2'])).toBe(error)
    expect(withoutSecrets(error, [])).toBe(error)
  })
  it.each([
    ['message', { message: 'cannot parse kafkajs://u:hunter2@h' }],
    ['place', { message: 'x', place: { url: 'u:hunter2@h' } }],
    ['place list', { message: 'x', place: { brokers: ['u:hunter2@h'] } }],
    ['cause', { message: 'x', cause: new Error('at hunter2') }],
    ['cause of the cause', { message: 'x', cause: new Error('a', { cause: new Error('hunter2') }) }],
    ['field of the cause', { message: 'x', cause: Object.assign(new Error('a'), { input: { url: 'hunter2' } }) }],
    ['thrown text', { message: 'x', cause: 'hunter2' }],
  ])('hides what stands in the %s', (_, options) => {
    const error = new StreamError({ code: 'STREAM_CONFIG_INVALID', retryable: true, ...options })
    const clean = withoutSecrets(error, ['hunter2'])
    expect(inspect(clean, { depth: 10 })).not.toContain('hunter2')
    expect(clean).toMatchObject({ code: 'STREAM_CONFIG_INVALID', retryable: true })
  })
})
