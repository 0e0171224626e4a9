import { StreamError } from '../errors/index.ts'

/** The error for a table that cannot be; `problem` ends the sentence. */
export function tableProblem(name: string, problem: string): StreamError {
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `Table "${name}" ${problem}`,
    place: { table: name },
  })
}

/** What a write without a value meets. */
export function noValue(table: string, value: unknown): StreamError {
  return new StreamError({
    code: 'STREAM_VALUE_UNDEFINED',
    message: `Table "${table}" was given the value ${value}; use delete(key) to remove a row`,
    place: { table },
  })
}
