import { environmentVariable, isDefaultByCase, type SettingDefinition } from '../src/config/setting.ts'
import { requirement } from '../src/config/setting-value.ts'
import { settingsTable } from '../src/config/settings-table.ts'
import { toolVariablePrefixes } from '../src/config/unknown-variables.ts'

/** The page `docs/reference/settings.md`, made of the settings table. */
export function settingsReference(): string {
  const definitions: [string, SettingDefinition][] = Object.entries(settingsTable)
  const sections = [...new Set(definitions.map(([, definition]) => definition.section))]
  const pages = sections.map((section) => {
    const entries = definitions.filter(([, definition]) => definition.section === section)
    return `## ${section}\n\n${entries.map(([name, definition]) => entry(name, definition)).join('\n\n')}`
  })
  return `${introduction()}\n\n${pages.join('\n\n')}\n`
}

function introduction(): string {
  const prefixes = Object.entries(toolVariablePrefixes).map(([prefix, owner]) => `\`${prefix}*\` (${owner})`)
  return `# Settings

<!-- Generated from packages/core/src/config/settings-table.ts: npx vitest run packages/core/test/settings-reference.test.ts -u -->

Settings are given to the app, \`new App({ settings: { commitIntervalMs: 200 } })\`, or in environment variables. The environment
beats code, code beats the default. An empty variable counts as not set. Variables of durations take \`250ms\`, \`30s\`, \`5m\`,
\`2h\` and \`1d\` besides plain milliseconds, those of sizes take \`512KiB\`, \`64MiB\` and \`1GiB\` besides plain bytes, those that
are true or false take \`1\` and \`0\` as well.

Unknown settings, unknown \`STREAM_*\` variables, values that do not fit, and combinations that cannot work are refused at once, all of
them in one \`STREAM_CONFIG_INVALID\`. Left alone are ${prefixes.slice(0, -1).join(', ')} and ${prefixes.at(-1)},
and what Kubernetes sets for a service whose name begins with \`stream\`. \`app.config.explain()\` tells the value of every setting and
where it came from, without secrets.`
}

function entry(name: string, definition: SettingDefinition): string {
  return `### ${name}

${definition.doc}

- Value: ${requirement(definition).replace('memory://', '`memory://`')}
- Default: ${defaultText(definition)}
- Environment: \`${environmentVariable(name)}\``
}

function defaultText(definition: SettingDefinition): string {
  const preset = definition.default
  if (preset === undefined) return 'none'
  if (!isDefaultByCase<string | number | boolean>(preset)) return valueText(definition, preset)
  const decider = 'bySetting' in preset ? preset.bySetting : preset.byEnv
  const cases = Object.entries(preset.cases).map(
    ([word, value]) => `${valueText(definition, value)} where \`${decider}\` is \`${word}\``,
  )
  return `${cases.join(', ')}, else ${valueText(definition, preset.otherwise)}`
}

function valueText(definition: SettingDefinition, value: string | number | boolean): string {
  const unit = unitText(definition, value)
  return `\`${value}\`${unit === undefined ? '' : ` (${unit})`}`
}

function unitText(definition: SettingDefinition, value: string | number | boolean): string | undefined {
  if (typeof value !== 'number') return undefined
  if (definition.type === 'bytes') return `${value / 1_048_576} MiB`
  if (definition.type !== 'durationMs' || value < 1_000) return undefined
  return value % 60_000 === 0 ? `${value / 60_000} min` : `${value / 1_000} s`
}
