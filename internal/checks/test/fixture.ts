import { type Repository, repositoryOf } from '../src/repository/index.ts'

/** A repository with a sound core, a sound adapter and a page, changed by `files`. */
export function fixture(files: Readonly<Record<string, string>> = {}): Repository {
  return repositoryOf({ ...sound, ...files })
}

/** The `package.json` of a published package that keeps every rule, changed by `fields`. */
export function manifest(name: string, fields: object = {}): string {
  const built = { types: './dist/index.d.ts', default: './dist/index.js' }
  return JSON.stringify({
    name: `@stream/${name}`,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=20.19' },
    exports: { '.': { '@stream/source': './src/index.ts', ...built } },
    publishConfig: { access: 'public', exports: { '.': built } },
    ...(name === 'core' ? {} : { peerDependencies: { '@stream/core': 'workspace:^' } }),
    ...fields,
  })
}

const both = {
  exports: {
    '.': { '@stream/source': './src/index.ts', default: './dist/index.js' },
    './adapter': { '@stream/source': './src/adapter.ts', default: './dist/adapter.js' },
  },
  publishConfig: {
    access: 'public',
    exports: { '.': { default: './dist/index.js' }, './adapter': { default: './dist/adapter.js' } },
  },
}

const sound = {
  '.changeset/first.md': '---\n"@stream/core": minor\n"@stream/store-disk": patch\n---\n\nFirst.\n',
  'README.md': '# Stream\n\n## Quick start\n\nSee [errors](docs/errors.md#all-of-them), [above](#quick-start).\n',
  'docs/errors.md': '# Errors\n\n## All of them\n',
  'packages/core/package.json': manifest('core', both),
  'packages/core/src/index.ts': `export { StreamError } from './errors/index.ts'\n`,
  'packages/core/src/adapter.ts': `export { StreamError } from './errors/index.ts'\nexport type { Log } from './transport/index.ts'\n`,
  'packages/core/src/errors/index.ts': `export { StreamError } from './stream-error.ts'\n`,
  'packages/core/src/errors/stream-error.ts': `/** What went wrong. */\nexport class StreamError extends Error {}\n`,
  'packages/core/src/transport/index.ts': `export type { Log } from './log.ts'\n`,
  'packages/core/src/transport/log.ts': `import { StreamError } from '../errors/index.ts'\n/** A log. */\nexport interface Log { readonly error?: StreamError }\n`,
  'packages/store-disk/package.json': manifest('store-disk', { dependencies: { leveldb: '1.0.0' } }),
  'packages/store-disk/src/index.ts': `import { StreamError } from '@stream/core/adapter'\nimport level from 'leveldb'\n/** Opens it. */\nexport function disk(): StreamError { return level }\n`,
  'packages/store-disk/src/disk.test.ts': `import { it } from 'vitest'\nit('holds', () => {})\n`,
  'packages/tests/package.json': JSON.stringify({ name: '@stream/tests', private: true }),
}
