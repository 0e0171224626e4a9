import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { leftoverProblems, tarballProblems } from '../src/checks/published-packages.ts'

const folder = mkdtempSync(join(tmpdir(), 'stream-tarball-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const manifest = {
  name: '@stream/store-disk',
  version: '1.0.0',
  license: 'Apache-2.0',
  type: 'module',
  files: ['dist'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
}

const sound = {
  LICENSE: 'Apache-2.0',
  'README.md': '# disk',
  'package.json': JSON.stringify(manifest),
  'dist/index.js': 'export const disk = 1\n',
  'dist/index.d.ts': 'export declare const disk = 1\n',
}

/** A tarball of files, made by the system's tar. */
function packed(name: string, files: Readonly<Record<string, string | undefined>>): Buffer {
  const root = join(folder, name, 'package')
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const file = join(folder, `${name}.tgz`)
  execFileSync('tar', ['-czf', file, '-C', dirname(root), 'package'])
  return readFileSync(file)
}

describe('a packed package', () => {
  it('is sound with types, code, licence and a page', async () => {
    expect(await tarballProblems(packed('sound', sound))).toEqual([])
  })

  it.each([
    ['code that is not there', { 'dist/index.js': undefined }, 'publint:'],
    ['types that are not there', { 'dist/index.d.ts': undefined }, 'attw:'],
    [
      'types of another module format',
      { 'dist/index.d.cts': 'export declare const disk = 1', 'package.json': commonTypes() },
      'attw:',
    ],
    ['a page that is missing', { 'README.md': undefined }, 'does not hold README.md'],
    ['a test that came along', { 'dist/index.test.js': '' }, 'holds dist/index.test.js'],
    [
      'a range of the workspace',
      { 'package.json': JSON.stringify({ ...manifest, dependencies: { a: 'workspace:^' } }) },
      'workspace:',
    ],
  ])('is refused for %s', async (what, files, problem) => {
    const problems = await tarballProblems(packed(what.replaceAll(' ', '-'), { ...sound, ...files }))
    expect(problems).toContainEqual(expect.stringContaining(problem))
  })

  it('is refused where it holds code of a source that is gone', () => {
    const data = packed('leftover', { ...sound, 'dist/room/old.js': '' })
    expect(leftoverProblems(data, ['src/index.ts', 'src/room/new.ts'])).toEqual([
      expect.stringContaining('dist/room/old.js'),
    ])
  })
})

function commonTypes(): string {
  const exports = { '.': { types: './dist/index.d.cts', default: './dist/index.js' } }
  return JSON.stringify({ ...manifest, exports })
}
