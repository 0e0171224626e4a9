import { StreamError } from '../errors/index.ts'
import type { TableOptions } from './table.ts'

/** The error for a table that cannot be; `problem` ends the sentence. */
export function tableProblem(name: string, problem: string): StreamError {
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `Table "${name}" ${problem}`,
    place: { table: name },
  })
}

/** What a table cannot be made of; undefined where all is well. Options come from programs without types too. */
export function whatIsWrong<K, V>(options: TableOptions<K, V>): string | undefined {
  if (!isSerde(options?.key)) return 'has no serde for its key; give one, as in key: string()'
  if (!isSerde(options.value)) return 'has no serde for its value; give one, as in value: json()'
  if (options.default !== undefined && typeof options.default !== 'function') {
    return 'has a default that is not a function; write default: () => value, so that every read gets a fresh one'
  }
  const policy = options.configs?.['cleanup.policy']
  if (policy !== undefined && policy !== 'compact') {
    return `sets cleanup.policy to ${policy}; its changelog is what the table is rebuilt from, so it is compacted: leave that config out`
  }
  return undefined
}

function isSerde(value: unknown): boolean {
  const serde = value as { serialize?: unknown; deserialize?: unknown } | null | undefined
  return typeof serde?.serialize === 'function' && typeof serde.deserialize === 'function'
}
