/** Writes docs/reference/settings.md from the settings table. The package must have been built. */
import { writeFileSync } from 'node:fs'
import { settingsReference } from '../dist/config/settings-reference.js'

writeFileSync(new URL('../../../docs/reference/settings.md', import.meta.url), settingsReference())
