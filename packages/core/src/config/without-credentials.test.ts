import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutCredentials } from './without-credentials.ts'

describe('withoutCredentials', () => {
  it.each([
    ['memory://', 'memory://'],
    ['kafkajs://h1:9092,h2:9092/?clientId=a', 'kafkajs://h1:9092,h2:9092/?clientId=a'],
    ['kafkajs://user:secret@h:9092', 'kafkajs://***@h:9092'],
    ['kafkajs://user@h', 'kafkajs://***@h'],
    ['kafkajs://u:p@h1,u2:p2@h2', 'kafkajs://***@h2'],
    ['kafkajs://u:p/a@ss@h', 'kafkajs://***@h'],
    ['user:secret@h', '***@h'],
    ['x://h?password=a&user=b&accessToken=c#d', 'x://h?password=***&user=b&accessToken=***#d'],
    ['x://h?sasl_password=a=b', 'x://h?sasl_password=***'],
    ['password=a', 'password=***'],
  ])('makes of %s', (address, shown) => {
    expect(withoutCredentials(address)).toBe(shown)
  })
  it('shows no password, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,20}$/), (password) => {
        const shown = withoutCredentials(`kafkajs://user:<<${password}>>@host:9092`)
        expect(shown).toBe('kafkajs://***@host:9092')
      }),
    )
  })
})
