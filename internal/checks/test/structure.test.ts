import { describe, expect, it } from 'vitest'
import { changesets } from '../src/checks/changesets.ts'
import { consoleUse } from '../src/checks/console-use.ts'
import { docLinks } from '../src/checks/doc-links.ts'
import { documentedExports } from '../src/checks/documented-exports.ts'
import { entryBudgets } from '../src/checks/entry-budgets.ts'
import { fileBudgets } from '../src/checks/file-budgets.ts'
import { fileNames } from '../src/checks/file-names.ts'
import { forbiddenText } from '../src/checks/forbidden-text.ts'
import { honestTests } from '../src/checks/honest-tests.ts'
import { importCycles } from '../src/checks/import-cycles.ts'
import { importDirection } from '../src/checks/import-direction.ts'
import { manifests } from '../src/checks/manifests.ts'
import { namedExports } from '../src/checks/named-exports.ts'
import { roomDoors } from '../src/checks/room-doors.ts'
import { snippets } from '../src/checks/snippets.ts'
import { typeEscapes } from '../src/checks/type-escapes.ts'
import { fixture, manifest } from './fixture.ts'

const disk = 'packages/store-disk/src'
const core = 'packages/core/src'
const lines = (count: number) => 'export {}\n'.repeat(count)

/** What must be caught: a check, what is broken, the files that break it, and a word of each finding. */
const broken = [
  [
    importDirection,
    'an adapter imports the door of apps',
    { [`${disk}/a.ts`]: `import '@stream/core'` },
    ['@stream/core;'],
  ],
  [
    importDirection,
    'an adapter imports another',
    { [`${disk}/a.ts`]: `import type {} from '@stream/store-x'` },
    ['declare'],
  ],
  [
    importDirection,
    'core imports an adapter',
    { [`${core}/a.ts`]: `await import('@stream/store-disk')` },
    ['store-disk'],
  ],
  [importDirection, 'core imports a library that is not allowed', { [`${core}/a.ts`]: `import 'lodash'` }, ['lodash']],
  [
    importDirection,
    'a package reads a file of another',
    { [`${disk}/a.ts`]: `import '../../core/src/index.ts'` },
    ['exports'],
  ],
  [
    importDirection,
    'an import that is not exported',
    { [`${disk}/a.test.ts`]: `import '@stream/core/src/x.ts'` },
    ['export'],
  ],
  [
    importDirection,
    'something imports the tests',
    { [`${disk}/a.test.ts`]: `import '@stream/tests'` },
    ['does not export'],
  ],
  [importDirection, 'an undeclared library', { [`${disk}/a.test.ts`]: `import 'fast-check'` }, ['declare']],
  [importDirection, 'a file that is not there', { [`${disk}/a.ts`]: `export { a } from './b.ts'` }, ['does not exist']],
  [
    importDirection,
    'a package without a rule',
    { 'packages/new/package.json': manifest('new'), 'packages/new/src/a.ts': `import 'x'` },
    ['no direction'],
  ],
  [
    roomDoors,
    'a room entered by the window',
    { [`${core}/transport/a.ts`]: `import '../errors/stream-error.ts'` },
    ['errors/index.ts'],
  ],
  [
    roomDoors,
    'a room that imports one above it',
    { [`${core}/errors/a.ts`]: `import type {} from '../transport/index.ts'` },
    ['above'],
  ],
  [roomDoors, 'a room without a place', { [`${core}/cellar/a.ts`]: '' }, ['no place']],
  [roomDoors, 'something imports app', { [`${core}/runtime/a.ts`]: `import '../app/index.ts'` }, ['above']],
  [
    importCycles,
    'files in a circle',
    { [`${disk}/a.ts`]: `import './b.ts'`, [`${disk}/b.ts`]: `import './a.ts'` },
    ['a.ts, packages/store-disk/src/b.ts'],
  ],
  [
    importCycles,
    'files in a circle of types',
    {
      [`${disk}/a.ts`]: `import type {} from './b.ts'`,
      [`${disk}/b.ts`]: `export { type A } from './c.ts'`,
      [`${disk}/c.ts`]: `export type A = import('./a.ts').A`,
    },
    ['a.ts, packages/store-disk/src/b.ts, packages/store-disk/src/c.ts'],
  ],
  [importCycles, 'a file that imports itself', { [`${disk}/a.ts`]: `import './a.ts'` }, ['a.ts']],
  [
    importCycles,
    'rooms in a circle, by different files',
    {
      [`${disk}/one/a.ts`]: `import '../two/b.ts'`,
      [`${disk}/two/b.ts`]: '',
      [`${disk}/two/c.ts`]: `import type {} from '../one/d.ts'`,
      [`${disk}/one/d.ts`]: '',
    },
    ['rooms'],
  ],
  [fileBudgets, 'a source that is too long', { [`${core}/a.ts`]: lines(501) }, ['501', 'percentile']],
  [fileBudgets, 'a test that is too long', { [`${disk}/a.test.ts`]: lines(801) }, ['801']],
  [
    fileBudgets,
    'a package of long files',
    { [`${disk}/index.ts`]: lines(121), [`${disk}/a.ts`]: lines(122) },
    ['median'],
  ],
  [
    entryBudgets,
    'an adapter that exports too much',
    { [`${disk}/index.ts`]: [...'abcdefghijklm'].map((name) => `export const ${name} = 1`).join('\n') },
    ['13'],
  ],
  [entryBudgets, 'an entry that exports nothing', { [`${disk}/index.ts`]: 'export {}' }, ['0']],
  [
    namedExports,
    'an export of everything',
    { [`${disk}/index.ts`]: `export * from './a.ts'\nexport * as b from './b.ts'` },
    ['list', 'list'],
  ],
  [fileNames, 'a catch-all file', { [`${disk}/utils.ts`]: '' }, ['utils']],
  [fileNames, 'a catch-all folder', { [`${disk}/helpers/a.ts`]: '' }, ['helpers']],
  [fileNames, 'a name in camel case', { [`${disk}/diskStore.ts`]: '' }, ['kebab']],
  [typeEscapes, 'any', { [`${disk}/a.ts`]: 'export const a = (b: any[]) => b as Map<string, any>' }, ['any', 'any']],
  [
    typeEscapes,
    'a suppressed error',
    { [`${disk}/a.ts`]: '// @ts-ignore\nlet a', [`${core}/a.ts`]: '// @ts-expect-error' },
    ['expect-error', 'ignore'],
  ],
  [consoleUse, 'output to the console', { [`${disk}/a.ts`]: 'console.log(1)' }, ['console']],
  [
    manifests,
    'core as a dependency',
    {
      'packages/store-disk/package.json': manifest('store-disk', {
        peerDependencies: {},
        dependencies: { '@stream/core': '1' },
      }),
    },
    ['peer'],
  ],
  [
    manifests,
    'a forgotten peer',
    { 'packages/store-disk/package.json': manifest('store-disk', { peerDependencies: {} }) },
    ['peer'],
  ],
  [
    manifests,
    'core with a heavy dependency',
    { 'packages/core/package.json': manifest('core', { dependencies: { lodash: '4' } }) },
    ['lodash'],
  ],
  [
    manifests,
    'a condition that leaves the repository',
    { 'packages/store-disk/package.json': manifest('store-disk', { publishConfig: { access: 'public' } }) },
    ['@stream/source'],
  ],
  [
    manifests,
    'a script on installation',
    { 'packages/store-disk/package.json': manifest('store-disk', { scripts: { postinstall: 'x' } }) },
    ['postinstall'],
  ],
  [
    documentedExports,
    'a public name without a comment',
    { [`${core}/errors/stream-error.ts`]: 'export class StreamError {}' },
    ['StreamError'],
  ],
  [
    documentedExports,
    'a public name without a comment behind an import',
    {
      [`${disk}/index.ts`]: `import { a as b } from './a.ts'\nexport { b as c }`,
      [`${disk}/a.ts`]: 'export const a = 1',
    },
    ['c is public'],
  ],
  [forbiddenText, 'a folder of one machine', { 'docs/a.md': `see /${'work'}/main/x` }, ['machine']],
  [forbiddenText, 'a registry', { 'docs/a.md': `https://registry.${'npmjs'}.org` }, ['registry']],
  [forbiddenText, 'work left undone', { [`${core}/a.ts`]: `// TO${'DO'} later` }, ['undone']],
  [
    honestTests,
    'a skipped test',
    { [`${disk}/a.test.ts`]: `it.skip('a', () => {})\ndescribe.only.each([])('b')` },
    ['it.skip', 'describe.only'],
  ],
  [honestTests, 'a retried test', { [`${disk}/a.test.ts`]: `it('a', { retry: 3 }, () => {})` }, ['retry']],
  [
    docLinks,
    'a link to nowhere',
    { 'docs/a.md': 'See [b](./b.md) and [c](errors.md#none).' },
    ['b.md', 'errors.md#none'],
  ],
  [
    snippets,
    'a snippet that differs from its file',
    {
      'docs/a.md': '<!-- snippet docs/a.ts#x -->\n```ts\nlet a = 2\n```\n',
      'docs/a.ts': '// #region x\nlet a = 1\n// #endregion x\n',
    },
    ['differs'],
  ],
  [
    changesets,
    'a package that nobody announced',
    { '.changeset/first.md': '---\n"@stream/core": minor\n---\n' },
    ['@stream/store-disk'],
  ],
  [
    changesets,
    'a package that is not published',
    { '.changeset/second.md': '---\n"@stream/tests": minor\n---\n' },
    ['@stream/tests'],
  ],
  [snippets, 'a snippet of nothing', { 'docs/a.md': '<!-- snippet docs/a.ts#x -->\n```ts\n```\n' }, ['does not exist']],
] as const

const checks = [...new Set(broken.map(([check]) => check))]

describe('a structure check', () => {
  const cases = broken.map(([check, what, files, words]) => [check.name, what, check, files, words] as const)

  it.each(cases)('%s catches %s', async (_name, _what, check, files, words) => {
    const findings = await check.run(fixture(files))
    expect(findings.map((finding) => finding.message)).toEqual(words.map((word) => expect.stringContaining(word)))
  })

  it.each(checks.map((check) => [check.name, check] as const))(
    '%s finds nothing in a sound repository',
    async (_, check) => {
      expect(await check.run(fixture())).toEqual([])
    },
  )

  it('allows what the rules allow', async () => {
    const allowed = fixture({
      [`${disk}/a.ts`]: `// a circle of names in a comment: import './a.ts'\nconst url = 'https://x.org/home/'\nexport const any = 'any'`,
      [`${core}/transport/a.ts`]: `import { StreamError } from '../errors/index.ts'\nexport type { Log } from './log.ts'`,
      'packages/store-disk/test/types/disk.test-d.ts': '',
      [`${disk}/a.test-d.ts`]: '// @ts-expect-error: a key is needed',
      [`${disk}/a.test.ts`]: `import { it } from 'vitest'\nsocket.only()\nclient({ retry: 3 })`,
      'docs/a.md':
        '`[not](a-link)` [folder](../packages/core/src) [file](../README.md#quick-start) [web](https://example.org)',
    })
    for (const check of checks) expect(await check.run(allowed)).toEqual([])
  })
})
