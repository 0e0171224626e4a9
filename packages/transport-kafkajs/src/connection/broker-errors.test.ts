import { describe, expect, it } from 'vitest'
import { brokerError } from './broker-errors.ts'

describe('a request that the authorizer denies', () => {
  const cases = [
    [29, { topic: 'flights', partition: 2 }, 'Write', 'topic flights', '--operation Write --topic flights'],
    [29, { topic: 'flights' }, undefined, 'topic flights', '--operation Describe --topic flights'],
    [30, { group: 'delays' }, 'Read', 'group delays', '--operation Read --group delays'],
    [53, { transactionalId: 'delays-1' }, 'Write', 'transactional id delays-1', '--transactional-id delays-1'],
    [31, { topic: 'flights' }, 'Write', 'cluster', '--operation IdempotentWrite --cluster'],
  ] as const

  it.each(cases)(
    'with code %i names the resource, the operation and the grant',
    (code, place, needs, resource, grant) => {
      const error = brokerError(code, 'It failed', place, needs === undefined ? {} : { needs })
      expect(error.code).toBe('STREAM_AUTHORIZATION_FAILED')
      expect(error.retryable).toBe(false)
      expect(error.message).toContain(` on ${resource} (`)
      expect(error.message).toContain(grant)
      expect(error.place).toMatchObject({ ...place, resource, brokerCode: code })
    },
  )

  it('repeats what the broker says', () => {
    expect(brokerError(29, 'It failed', {}, { said: 'ask Bob' }).message).toContain(': ask Bob;')
  })
})
