import { StreamError } from '../errors/index.ts'
import { type CombinationProblem, combinationProblems } from './impossible-combinations.ts'
import { didYouMean } from './nearest-name.ts'
import {
  environmentVariable,
  isDefaultByCase,
  type SettingDefinition,
  type SettingsOf,
  type SettingTable,
} from './setting.ts'
import { type Checked, checkText, checkValue } from './setting-value.ts'
import { type Settings, type SettingsInput, settingsTable } from './settings-table.ts'
import { unknownVariables } from './unknown-variables.ts'
import { withoutCredentials } from './without-credentials.ts'

/** Where one setting got its value. */
export interface ExplainedSetting {
  readonly name: string
  /** As it may be shown: secrets are `***`, addresses are without credentials. Undefined: not set, and without a default. */
  readonly value: string | number | boolean | undefined
  readonly source: 'environment' | 'code' | 'default'
  /** The environment variable that sets it, or would set it. */
  readonly variable: string
}

/** Settings with their origin. */
export interface ResolvedSettings<Values> {
  readonly values: Values
  /** Every setting in the order of the reference: its value, and where that came from. */
  explain(): readonly ExplainedSetting[]
}

/** What {@link resolveSettings} reads. */
export interface SettingSources<Input> {
  /** What code gave. @default {} */
  readonly code?: Input | undefined
  /** Environment variables, usually `process.env`. An empty one counts as not set. @default {} */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/**
 * The settings of an app: environment over code over default.
 *
 * @throws STREAM_CONFIG_INVALID once, with everything that is wrong: unknown settings and variables, wrong types, values out of range,
 *   combinations that cannot work
 */
export function resolveSettings(sources: SettingSources<SettingsInput>): ResolvedSettings<Settings> {
  return resolveTable(settingsTable, sources, combinationProblems)
}

/** {@link resolveSettings} over any table. `problemsOf` finds combinations that cannot work, in values that are fine one by one. */
export function resolveTable<Table extends SettingTable>(
  table: Table,
  sources: SettingSources<object>,
  problemsOf: (values: SettingsOf<Table>) => readonly CombinationProblem[] = () => [],
): ResolvedSettings<SettingsOf<Table>> {
  const env = sources.env ?? {}
  const given = collect(table, sources.code ?? {}, env)
  const problems = [...given.problems, ...unknownVariables(table, env)]
  const values: Record<string, string | number | boolean | undefined> = {}
  const settingOf = (name: string): string | number | boolean | undefined => {
    const definition = table[name]!
    return given.found.has(name) ? given.found.get(name)!.value : defaultOf(definition, settingOf, env)
  }
  for (const name of Object.keys(table)) values[name] = settingOf(name)
  // Each value has been checked against its definition, or is its default.
  const settled = Object.freeze(values) as SettingsOf<Table>
  for (const { settings, problem } of problemsOf(settled)) {
    // Where one of them is wrong by itself, its default stands here, and proves nothing.
    if (!settings.some((name) => given.wrong.has(name))) problems.push(problem)
  }
  if (problems.length > 0) throw configInvalid(problems)

  return {
    values: settled,
    explain: () =>
      Object.entries(table).map(([name, definition]) => ({
        name,
        value: shown(definition, values[name]),
        source: given.found.get(name)?.source ?? 'default',
        variable: environmentVariable(name),
      })),
  }
}

interface Found {
  readonly value: string | number | boolean
  readonly source: 'environment' | 'code'
}

function collect(
  table: SettingTable,
  code: object,
  env: Readonly<Record<string, string | undefined>>,
): {
  readonly found: ReadonlyMap<string, Found>
  readonly wrong: ReadonlySet<string>
  readonly problems: readonly string[]
} {
  const found = new Map<string, Found>()
  const wrong = new Set<string>()
  const problems: string[] = []
  const take = (name: string, where: string, raw: unknown, checked: Checked, source: Found['source']): void => {
    if ('value' in checked) found.set(name, { value: checked.value, source })
    else {
      wrong.add(name)
      problems.push(`${where} must be ${checked.mustBe}; it is ${shownRaw(table[name]!, raw)}`)
    }
  }
  for (const [name, raw] of Object.entries(code) as [string, unknown][]) {
    if (!Object.hasOwn(table, name)) {
      problems.push(`${name} is no setting${didYouMean(name, Object.keys(table))}`)
    } else if (raw !== undefined) take(name, name, raw, checkValue(table[name]!, raw), 'code')
  }
  for (const [name, definition] of Object.entries(table)) {
    const variable = environmentVariable(name)
    const text = env[variable]
    if (text !== undefined && text !== '') take(name, variable, text, checkText(definition, text), 'environment')
  }
  return { found, wrong, problems }
}

function defaultOf(
  definition: SettingDefinition,
  settingOf: (name: string) => unknown,
  env: Readonly<Record<string, string | undefined>>,
): string | number | boolean | undefined {
  const preset = definition.default
  if (preset === undefined || !isDefaultByCase<string | number | boolean>(preset)) return preset
  const decider = String('bySetting' in preset ? settingOf(preset.bySetting) : env[preset.byEnv])
  return Object.hasOwn(preset.cases, decider) ? preset.cases[decider] : preset.otherwise
}

function shown(
  definition: SettingDefinition,
  value: string | number | boolean | undefined,
): string | number | boolean | undefined {
  if (value === undefined) return undefined
  if (definition.type === 'secret') return '***'
  return definition.type === 'address' ? withoutCredentials(String(value)) : value
}

/** A wrong value in a message: text in quotes, shortened, never a secret. */
function shownRaw(definition: SettingDefinition, raw: unknown): string {
  if (definition.type === 'secret') return 'not'
  if (typeof raw === 'string') {
    const text = definition.type === 'address' ? withoutCredentials(raw) : raw
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
  }
  if (typeof raw === 'number' || typeof raw === 'boolean' || raw === null) return String(raw)
  return `${typeof raw === 'object' ? 'an' : 'a'} ${typeof raw}`
}

function configInvalid(problems: readonly string[]): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message:
      problems.length === 1
        ? `the configuration is invalid: ${problems[0]}`
        : `the configuration is invalid in ${problems.length} places:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    place: { problems },
  })
}
