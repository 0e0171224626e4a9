/** A default that depends on another setting or on an environment variable of the platform. */
export type DefaultByCase<Value> = {
  readonly otherwise: Value
  readonly cases: Readonly<Record<string, Value>>
} & ({ readonly bySetting: string } | { readonly byEnv: string })

interface Described {
  /** One or two sentences for the reference: what it does, and when to change it. */
  readonly doc: string
  /** Heading of the reference under which it stands. */
  readonly section: string
}

interface WithDefault<Value> {
  /** Absent: undefined unless it is set. */
  readonly default?: Value | DefaultByCase<Value>
}

/** Whole numbers; `durationMs` takes `30s` and the like, `bytes` takes `64MiB` and the like, from the environment. */
export interface NumberSetting extends Described, WithDefault<number> {
  readonly type: 'integer' | 'durationMs' | 'bytes'
  /** @default 0, or 1 for a duration */
  readonly min?: number
  /** @default 2^53 - 1, or 2^31 - 1 for a duration (timers hold no more) */
  readonly max?: number
}

/** True or false. */
export interface BooleanSetting extends Described, WithDefault<boolean> {
  readonly type: 'boolean'
}

/** One of a few words. */
export interface EnumSetting extends Described, WithDefault<string> {
  readonly type: 'enum'
  readonly values: readonly string[]
}

/** Text. `address` is an adapter's string, shown without credentials; a `secret` is never shown. */
export interface TextSetting extends Described, WithDefault<string> {
  readonly type: 'string' | 'address' | 'secret'
  /** A regular expression for all of the text. */
  readonly pattern?: string
  /** What `pattern` asks for, in words. */
  readonly patternDoc?: string
}

/** One setting; its name is its key in the table, its environment variable follows from that. */
export type SettingDefinition = NumberSetting | BooleanSetting | EnumSetting | TextSetting

/** Settings by name. */
export type SettingTable = Readonly<Record<string, SettingDefinition>>

/** The type of a setting that is set. */
export type SettingValue<D extends SettingDefinition> = D extends { readonly type: 'boolean' }
  ? boolean
  : D extends { readonly type: 'enum'; readonly values: readonly (infer Word)[] }
    ? Word
    : D extends { readonly type: 'string' | 'address' | 'secret' }
      ? string
      : number

/** All settings of a table, resolved; those without a default may be undefined. */
export type SettingsOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { readonly default: unknown }
    ? SettingValue<Table[Name]>
    : SettingValue<Table[Name]> | undefined
}

/** What code may give for a table; undefined counts as not given. */
export type SettingsInputOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]?: SettingValue<Table[Name]> | undefined
}

/** `commitIntervalMs` is `STREAM_COMMIT_INTERVAL_MS`. */
export function environmentVariable(setting: string): string {
  return `STREAM_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** Whether a default depends on something. */
export function isDefaultByCase<Value>(value: Value | DefaultByCase<Value>): value is DefaultByCase<Value> {
  return typeof value === 'object' && value !== null && 'cases' in value
}
