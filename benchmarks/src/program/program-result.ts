/** What a program measured about itself: one line of JSON, its last on standard output. */
export interface ProgramResult {
  /** Records within the measured window. */
  readonly records: number
  /** From the end of the warm-up to the last output. */
  readonly seconds: number
  /** Processor time of the program, user and system, within the window. */
  readonly cpuSeconds: number
  /** Peak of resident memory over the whole run; 0 where the system does not tell. */
  readonly peakBytes: number
}

/** Finds the result in a program's output. Throws where there is none. */
export function parseResult(output: string): ProgramResult {
  const line = output
    .trimEnd()
    .split('\n')
    .findLast((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`the program printed no result:\n${output.slice(-2_000)}`)
  return JSON.parse(line) as ProgramResult
}
