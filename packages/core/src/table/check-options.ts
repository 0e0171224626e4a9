/** What every kind of table is made of, as a program without types may have given it. */
export interface GivenOptions {
  readonly key?: unknown
  readonly value?: unknown
  readonly default?: unknown
  readonly configs?: Readonly<Record<string, string>>
}

/** What a table cannot be made of; undefined where all is well. `serdes`: those that its kind needs. */
export function whatIsWrong(
  options: (GivenOptions & Readonly<Record<string, unknown>>) | undefined,
  serdes: readonly string[] = ['key', 'value'],
): string | undefined {
  for (const serde of serdes) {
    if (isSerde(options?.[serde])) continue
    return `has no serde for its ${serde}; give one, as in ${serde}: ${serde === 'value' ? 'json()' : 'string()'}`
  }
  if (options?.default !== undefined && typeof options.default !== 'function') {
    return 'has a default that is not a function; write default: () => value, so that every read gets a fresh one'
  }
  const policy = options?.configs?.['cleanup.policy']
  if (policy !== undefined && policy !== 'compact') {
    return `sets cleanup.policy to ${policy}; its changelog is what the table is rebuilt from, so it is compacted: leave that config out`
  }
  return undefined
}

/** Why a number of milliseconds cannot be one; undefined where it can. */
export function durationProblem(option: string, value: unknown): string | undefined {
  if (Number.isSafeInteger(value) && (value as number) > 0) return undefined
  return `has ${option} ${String(value)}; give a whole number of milliseconds above 0`
}

function isSerde(value: unknown): boolean {
  const serde = value as { serialize?: unknown; deserialize?: unknown } | null | undefined
  return typeof serde?.serialize === 'function' && typeof serde.deserialize === 'function'
}
