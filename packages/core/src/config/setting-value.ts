import type { SettingDefinition } from './setting.ts'

/** A value that fits, or what is wrong with it: a clause that goes on from "must be". */
export type Checked = { readonly value: string | number | boolean } | { readonly mustBe: string }

const durationUnits: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const byteUnits: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1_024, mib: 1_048_576, gib: 1_073_741_824 }
const booleanWords: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false }

/** Checks a value that code gave. */
export function checkValue(definition: SettingDefinition, value: unknown): Checked {
  const mustBe = requirement(definition)
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean' ? { value } : { mustBe }
    case 'integer':
    case 'durationMs':
    case 'bytes': {
      const { min, max } = bounds(definition)
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
        ? { value }
        : { mustBe }
    }
    case 'enum':
      return typeof value === 'string' && definition.values.includes(value) ? { value } : { mustBe }
    default: {
      if (typeof value !== 'string' || value === '') return { mustBe }
      const fits = definition.pattern === undefined || new RegExp(`^(?:${definition.pattern})$`).test(value)
      return fits ? { value } : { mustBe }
    }
  }
}

/** Checks the text of an environment variable. */
export function checkText(definition: SettingDefinition, text: string): Checked {
  switch (definition.type) {
    case 'boolean':
      return checkValue(definition, booleanWords[text.trim().toLowerCase()])
    case 'integer':
      return checkValue(definition, /^\s*-?\d+\s*$/.test(text) ? Number(text) : undefined)
    case 'durationMs':
      return checkValue(definition, withUnit(text, durationUnits))
    case 'bytes':
      return checkValue(definition, withUnit(text, byteUnits))
    default:
      return checkValue(definition, text)
  }
}

/** What a setting takes, in words. */
export function requirement(definition: SettingDefinition): string {
  switch (definition.type) {
    case 'boolean':
      return 'true or false'
    case 'enum':
      return definition.values.join(' or ')
    case 'integer':
    case 'durationMs':
    case 'bytes': {
      const unit = { integer: '', durationMs: ' of milliseconds', bytes: ' of bytes' }[definition.type]
      const { min, max } = bounds(definition)
      const upTo = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`
      return `a whole number${unit}, ${upTo}`
    }
    case 'address':
      return 'an adapter string such as memory://'
    default:
      return definition.patternDoc ?? 'text that is not empty'
  }
}

function bounds(definition: Extract<SettingDefinition, { type: 'integer' | 'durationMs' | 'bytes' }>): {
  readonly min: number
  readonly max: number
} {
  const isDuration = definition.type === 'durationMs'
  return {
    min: definition.min ?? (isDuration ? 1 : 0),
    max: definition.max ?? (isDuration ? 2_147_483_647 : Number.MAX_SAFE_INTEGER),
  }
}

function withUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const parts = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text)
  const factor = parts === null ? undefined : units[parts[2]!.toLowerCase()]
  return factor === undefined ? undefined : Number(parts![1]) * factor
}
