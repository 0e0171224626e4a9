import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { generatedFiles } from '../src/checks/generated-files.ts'
import { openRepository } from '../src/repository/index.ts'

const root = mkdtempSync(join(tmpdir(), 'stream-generated-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const generator = `import { writeFileSync } from 'node:fs'\nwriteFileSync('../../docs/settings.md', '# Settings\\n')\n`
const files = {
  'docs/about.md': '# About\n',
  'packages/core/package.json': '{ "name": "@stream/core", "scripts": { "generate": "node generate.mjs" } }',
  'packages/core/generate.mjs': generator,
}

describe('generated files', () => {
  it('are refused where they are missing or stale, are fresh afterwards, and are accepted then', async () => {
    execFileSync('git', ['init', '--quiet', root])
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const stale = [{ file: 'docs/settings.md', message: expect.stringContaining('stale') }]
    expect(await generatedFiles.run(openRepository(root))).toEqual(stale)
    writeFileSync(join(root, 'docs/settings.md'), '# Old\n')
    expect(await generatedFiles.run(openRepository(root))).toEqual(stale)
    expect(readFileSync(join(root, 'docs/settings.md'), 'utf8')).toBe('# Settings\n')
    expect(await generatedFiles.run(openRepository(root))).toEqual([])
  })
})
