/** A field of a message, as Kafka's own definitions have it. */
export interface FieldDefinition {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly flexibleVersions?: string
  readonly taggedVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly fields?: readonly FieldDefinition[]
}

/** A request or an answer, in all its versions. */
export interface MessageDefinition {
  readonly apiKey: number
  readonly type: 'request' | 'response'
  readonly name: string
  readonly flexibleVersions: string
  readonly fields: readonly FieldDefinition[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly FieldDefinition[] }[]
}

/** Whether a version lies in a range as definitions write it: `3`, `3-5`, `3+`, `none`. */
export function inVersions(version: number, range: string | undefined): boolean {
  if (range === undefined || range === 'none') return false
  const [, from, plus, until] = /^(\d+)(\+)?(?:-(\d+))?$/.exec(range) ?? []
  if (from === undefined) throw new Error(`'${range}' is no range of versions`)
  if (version < Number(from)) return false
  return plus !== undefined || version <= Number(until ?? from)
}

/** Parses a definition: JSON with lines of comments. */
export function parseDefinition(text: string): MessageDefinition {
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
}
