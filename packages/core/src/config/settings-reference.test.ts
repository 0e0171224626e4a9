import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { environmentVariable } from './setting.ts'
import { settingsReference } from './settings-reference.ts'
import { settingsTable } from './settings-table.ts'

describe('docs/reference/settings.md', () => {
  it('is what the settings table says (npm run generate writes it anew)', () => {
    const page = readFileSync(new URL('../../../../docs/reference/settings.md', import.meta.url), 'utf8')
    expect(page).toBe(settingsReference())
  })
  it('has every setting with its environment variable and its default', () => {
    const page = settingsReference()
    for (const name of Object.keys(settingsTable)) {
      expect(page).toContain(`### ${name}\n`)
      expect(page).toContain(`\`${environmentVariable(name)}\``)
    }
    expect(page).toContain('Default: `100` where `guarantee` is `exactly_once`, else `1000` (1 s)')
    expect(page).toContain('Default: `67108864` (64 MiB)')
  })
})
