import { describe, expect, it } from 'vitest'
import { errorCodes } from './codes.ts'
import { describeThrown, StreamError } from './stream-error.ts'

describe('StreamError', () => {
  const error = new StreamError({
    code: 'STREAM_TIMEOUT',
    message: 'too late',
    place: { topic: 'flights', partition: 3 },
  })

  it('carries what it was made of', () => {
    const cause = new Error('socket closed')
    const whole = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'no broker', retryable: true, cause })
    expect(whole).toMatchObject({
      name: 'StreamError',
      code: 'STREAM_BROKER_UNAVAILABLE',
      message: 'no broker',
      retryable: true,
      cause,
      place: {},
    })
    expect(error).toMatchObject({ retryable: false, place: { topic: 'flights', partition: 3 } })
    expect('cause' in error).toBe(false)
  })
  it('is known by its brand, also across copies of the package', () => {
    const ofAnotherCopy = { [Symbol.for('@stream/core.StreamError')]: true, code: 'STREAM_TIMEOUT' }
    expect(StreamError.is(error)).toBe(true)
    expect(StreamError.is(ofAnotherCopy, 'STREAM_TIMEOUT')).toBe(true)
    expect(StreamError.is(error, 'STREAM_CLOSED')).toBe(false)
    for (const other of [new Error('x'), undefined, null, 'STREAM_TIMEOUT', { code: 'STREAM_TIMEOUT' }]) {
      expect(StreamError.is(other)).toBe(false)
    }
  })
  it('keeps its brand out of what is printed and stored', () => {
    expect(Object.keys(error)).not.toContain('brand')
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'StreamError',
      code: 'STREAM_TIMEOUT',
      retryable: false,
      place: { topic: 'flights', partition: 3 },
    })
  })
  it('is made from anything that was thrown, and from itself not anew', () => {
    const otherwise = { code: 'STREAM_HANDLER_FAILED', message: 'handler alerts failed' } as const
    expect(StreamError.from(error, otherwise)).toBe(error)
    const cause = new TypeError('x is undefined')
    expect(StreamError.from(cause, otherwise)).toMatchObject({
      message: 'handler alerts failed: x is undefined',
      cause,
    })
    expect(StreamError.from(undefined, otherwise).message).toBe('handler alerts failed: undefined was thrown')
  })
})

describe('describeThrown', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  it.each([
    [new Error('gone'), 'gone'],
    [new RangeError(), 'RangeError'],
    ['text', 'text'],
    [undefined, 'undefined was thrown'],
    [null, 'object was thrown: null'],
    [{ status: 500 }, 'object was thrown: {"status":500}'],
    [loop, 'object was thrown'],
    [1n, 'bigint was thrown'],
  ])('is one line for %o', (thrown, line) => {
    expect(describeThrown(thrown)).toBe(line)
  })
})

describe('errorCodes', () => {
  it('are unique, and all of one form', () => {
    expect(new Set(errorCodes).size).toBe(errorCodes.length)
    for (const code of errorCodes) expect(code).toMatch(/^STREAM_[A-Z]+(_[A-Z]+)*$/)
  })
})
