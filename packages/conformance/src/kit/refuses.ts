import assert from 'node:assert/strict'
import { describeThrown, StreamError, type StreamErrorCode } from '@stream/core/adapter'

/** Asserts that a call throws or rejects with a StreamError of this code, and that its message says something. */
export async function refuses(code: StreamErrorCode, what: string, call: () => unknown): Promise<StreamError> {
  let thrown: unknown
  let answered = false
  try {
    await call()
    answered = true
  } catch (error) {
    thrown = error
  }
  assert.ok(!answered, `${what} must be refused with ${code}, but it succeeded`)
  assert.ok(
    StreamError.is(thrown),
    `${what} must be refused with a StreamError of code ${code}, not with: ${describeThrown(thrown)}`,
  )
  assert.equal(thrown.code, code, `${what} must be refused with ${code}, not with ${thrown.code}: ${thrown.message}`)
  assert.ok(thrown.message.length > 10, `the refusal of ${what} must say what happened and what to do`)
  return thrown
}
