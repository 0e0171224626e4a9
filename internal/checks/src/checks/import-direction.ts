import type { Check, Finding } from '../check.ts'
import {
  codeFiles,
  type Import,
  importsOf,
  isBare,
  isTest,
  packageFolder,
  packageOf,
  type Repository,
  type WorkspacePackage,
  workspacePackages,
} from '../repository/index.ts'
import { packageDirection } from '../rules/index.ts'

/** Tools that stand at the root for tests of every package. */
const testTools = ['vitest']

/** Packages import each other in one direction, through their exports, and only what they declare. */
export const importDirection: Check = {
  name: 'import-direction',
  run(repository) {
    const packages = workspacePackages(repository)
    return codeFiles(repository).flatMap((path) => {
      const own = [...packages.values()].find((one) => one.folder === packageFolder(path))
      if (own === undefined) return []
      return importsOf(repository, path).flatMap((one) => {
        const message = breach(repository, packages, own, path, one)
        return message === undefined ? [] : [{ file: path, line: one.line, message } satisfies Finding]
      })
    })
  },
}

function breach(
  repository: Repository,
  packages: ReadonlyMap<string, WorkspacePackage>,
  own: WorkspacePackage,
  path: string,
  { specifier, target }: Import,
): string | undefined {
  if (target !== undefined) {
    if (isScript(target) && !own.folder.startsWith('packages/')) return undefined
    if (!target.startsWith(`${own.folder}/`)) return `reads a file of another package (${target}); use its exports`
    return target.endsWith('.ts') && !repository.has(target) ? `imports ${target}, which does not exist` : undefined
  }
  if (!isBare(specifier)) return undefined
  const name = packageOf(specifier)
  const other = packages.get(name)
  if (other !== undefined && other !== own) {
    if (!isExported(other, specifier)) return `imports ${specifier}, which ${name} does not export`
    if (isEnd(other) && !isEnd(own)) return `imports ${name}, which nothing may import`
  }
  return directionBreach(own, path, specifier, other) ?? declarationBreach(own, path, name)
}

/** Tests, examples and benchmarks may import anything, and nothing imports them. */
function isEnd({ folder }: WorkspacePackage): boolean {
  return /^(packages\/tests$|examples\/|benchmarks$)/.test(folder)
}

/** Scripts run before anything is installed, so they belong to no package, and other tools share them by their paths. */
function isScript(path: string): boolean {
  return path.startsWith('internal/scripts/')
}

function isExported({ manifest }: WorkspacePackage, specifier: string): boolean {
  return `.${specifier.slice(manifest.name.length)}` in (manifest.exports ?? {})
}

function directionBreach(
  own: WorkspacePackage,
  path: string,
  specifier: string,
  other: WorkspacePackage | undefined,
): string | undefined {
  const [kind, folder = ''] = own.folder.split('/')
  if (kind !== 'packages' || isTest(path)) return undefined
  const direction = packageDirection(folder)
  if (direction === undefined) return `no direction of imports is written down for ${own.folder}`
  const allowed = other === undefined ? direction.external : direction.workspace
  const wanted = other === undefined ? packageOf(specifier) : specifier
  if (allowed === undefined || allowed.includes(wanted)) return undefined
  return `imports ${wanted}; ${own.manifest.name} may import only ${allowed.join(', ') || 'parts of Node'}`
}

function declarationBreach({ manifest }: WorkspacePackage, path: string, name: string): string | undefined {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest
  const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies }
  if (name in declared || name === manifest.name) return undefined
  if (isTest(path) && (testTools.includes(name) || name in (devDependencies ?? {}))) return undefined
  if (path.endsWith('vitest.config.ts') && testTools.includes(name)) return undefined
  return `imports ${name}, which its package.json does not declare`
}
