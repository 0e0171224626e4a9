import { type ExplainedSetting, type ResolvedSettings, resolveSettings, type Settings } from '../config/index.ts'
import { StreamError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import type { Transport } from '../transport/index.ts'
import type { AppOptions } from './app-options.ts'
import { optionProblems } from './option-problems.ts'

/** The configuration of an app, resolved: environment over code over default. */
export interface AppConfig {
  readonly values: Settings
  /** Every setting: its value, where that came from, and the environment variable for it. Secrets are never in it. */
  explain(): readonly ExplainedSetting[]
}

/** What the app was given for its adapters, the environment considered. */
export interface ChosenAdapters {
  readonly transport: Transport | string | undefined
  readonly admin: Transport | string | undefined
  readonly store: Store | string | undefined
}

const adapterNames = ['transport', 'admin', 'store'] as const

type Sources = Parameters<typeof resolveSettings>[0]

/** @throws STREAM_CONFIG_INVALID with everything that is wrong */
export function resolveConfig(
  options: AppOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly config: AppConfig; readonly adapters: ChosenAdapters } {
  const { guarantee } = options
  const strings = adapterNames.filter((name) => typeof options[name] === 'string')
  const code = {
    ...options.settings,
    ...(guarantee === undefined ? {} : { guarantee }),
    ...Object.fromEntries(strings.map((name) => [name, options[name]])),
  }
  const resolved = resolveAll(optionProblems(options), { code, env })
  const choose = <Adapter>(
    name: (typeof adapterNames)[number],
    given: Adapter | string | undefined,
  ): Adapter | string | undefined => resolved.values[name] ?? given
  const adapters = {
    transport: choose('transport', options.transport),
    admin: choose('admin', options.admin),
    store: choose('store', options.store),
  }
  return { config: { values: resolved.values, explain: () => explain(resolved, adapters) }, adapters }
}

/** Problems of options and of settings in one error. */
function resolveAll(problems: readonly string[], sources: Sources): ResolvedSettings<Settings> {
  if (problems.length === 0) return resolveSettings(sources)
  const all = [...problems, ...settingsProblems(sources)]
  const list = all.length === 1 ? ` ${all[0]}` : `\n${all.map((problem) => `- ${problem}`).join('\n')}`
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `the configuration of the app is invalid:${list}`,
    place: { problems: all },
  })
}

function settingsProblems(sources: Sources): readonly string[] {
  try {
    resolveSettings(sources)
    return []
  } catch (thrown) {
    const error = StreamError.from(thrown, { code: 'STREAM_INTERNAL', message: 'the settings cannot be read' })
    const { problems } = error.place
    return Array.isArray(problems) ? problems.map(String) : [error.message]
  }
}

/** Adapters given as objects are no settings, but people look for them here. */
function explain(resolved: ResolvedSettings<Settings>, adapters: ChosenAdapters): readonly ExplainedSetting[] {
  const chosen: Readonly<Record<string, unknown>> = { ...adapters }
  return resolved.explain().map((setting) => {
    const adapter = chosen[setting.name]
    if (typeof adapter !== 'object' || adapter === null) return setting
    return { ...setting, value: `${String((adapter as { name?: unknown }).name)} (an object)`, source: 'code' }
  })
}
