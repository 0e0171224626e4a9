import type { Repository } from './repository.ts'

/** Whether a file is a test, a type test, or belongs to one. */
export function isTest(path: string): boolean {
  return (
    /\.(test|test-d|bench)\.ts$/.test(path) || /^[^/]+\/[^/]+\/test\//.test(path) || path.startsWith('packages/tests/')
  )
}

/** Sources of the packages that are published or could be: TypeScript below `packages/<name>/src`, without tests. */
export function packageSources(repository: Repository): readonly string[] {
  return repository.files.filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !isTest(path))
}

/** Every TypeScript and JavaScript file that somebody wrote. */
export function codeFiles(repository: Repository): readonly string[] {
  return repository.files.filter((path) => /\.(ts|mts|mjs|js)$/.test(path) && !path.endsWith('.d.ts'))
}

/** Tests, by their names. */
export function testFiles(repository: Repository): readonly string[] {
  return repository.files.filter((path) => path.endsWith('.test.ts'))
}

/**
 * Folder of the workspace package a file lies in, for example `packages/core`; undefined outside of packages, and in the project
 * that installs the packed packages, which is nobody's.
 */
export function packageFolder(path: string): string | undefined {
  if (path.startsWith('internal/checks/consumer/')) return undefined
  return /^(?:packages|internal|examples)\/[^/]+(?=\/)|^benchmarks(?=\/)/.exec(path)?.[0]
}
