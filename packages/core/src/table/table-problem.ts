import { StreamError } from '../errors/index.ts'

/** The error for a table that cannot be; `problem` ends the sentence. */
export function tableProblem(name: string, problem: string): StreamError {
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `Table "${name}" ${problem}`,
    place: { table: name },
  })
}
