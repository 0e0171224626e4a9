import { describe, expect, it } from 'vitest'
import { settingsTable } from '../src/config/settings-table.ts'
import { settingsReference } from './settings-reference.ts'

describe('docs/reference/settings.md', () => {
  it('is what the settings table says (run with -u to write it anew)', async () => {
    await expect(settingsReference()).toMatchFileSnapshot('../../../docs/reference/settings.md')
  })
  it('has every setting', () => {
    const page = settingsReference()
    for (const name of Object.keys(settingsTable)) expect(page).toContain(`### ${name}\n`)
  })
})
