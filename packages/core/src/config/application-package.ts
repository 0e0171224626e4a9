import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What became of looking a package up in the application's own dependencies. */
export type FoundPackage =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'not listed' | 'not installed'; readonly install: string; readonly from: readonly string[] }

/** Directories an application may be rooted above: that of the program, and the working directory. */
export function applicationDirectories(): readonly string[] {
  const program = process.argv[1]
  const directories = [
    program === undefined || !existsSync(program) ? undefined : dirname(realpathSync(program)),
    process.cwd(),
  ]
  return [...new Set(directories.filter((directory) => directory !== undefined))]
}

/**
 * Resolves a package as the application would: from the nearest `package.json` above one of the directories that lists it. A package that
 * only happens to lie in reach (hoisted, or a dependency of a dependency) is not taken.
 */
export function findApplicationPackage(packageName: string, directories: readonly string[]): FoundPackage {
  for (const directory of directories) {
    for (const above of upwards(directory)) {
      if (!dependenciesOf(above).has(packageName)) continue
      const file = installedFile(above, packageName)
      if (file !== undefined) return { kind: 'found', file }
      return { kind: 'not installed', install: installCommand(above, undefined), from: directories }
    }
  }
  return {
    kind: 'not listed',
    install: installCommand(directories[0] ?? process.cwd(), packageName),
    from: directories,
  }
}

/** Node also looks where NODE_PATH points, which programs started by a package manager are given: what lies there is nobody's dependency. */
function installedFile(directory: string, packageName: string): string | undefined {
  const hasNoFolders = process.versions.pnp !== undefined
  const isInstalled = [...upwards(directory)].some((above) => existsSync(join(above, 'node_modules', packageName)))
  if (!isInstalled && !hasNoFolders) return undefined
  try {
    return createRequire(join(directory, 'package.json')).resolve(packageName)
  } catch {
    return undefined
  }
}

function* upwards(directory: string): Generator<string> {
  for (let current = directory; ; current = dirname(current)) {
    yield current
    if (dirname(current) === current) return
  }
}

function packageJson(directory: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function dependenciesOf(directory: string): ReadonlySet<string> {
  const manifest = packageJson(directory)
  const names = new Set<string>()
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
    const listed = manifest[field]
    if (typeof listed === 'object' && listed !== null) for (const name of Object.keys(listed)) names.add(name)
  }
  return names
}

const lockFiles = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
] as const

/** The command that installs a package, or everything that is listed, in the words of the application's package manager. */
function installCommand(directory: string, packageName: string | undefined): string {
  const manager = packageManagerOf(directory)
  if (packageName === undefined) return `${manager} install`
  return manager === 'npm' ? `npm install ${packageName}` : `${manager} add ${packageName}`
}

function packageManagerOf(directory: string): string {
  for (const above of upwards(directory)) {
    const declared = /^(npm|pnpm|yarn|bun)@/.exec(String(packageJson(above).packageManager))?.[1]
    const manager = declared ?? lockFiles.find(([file]) => existsSync(join(above, file)))?.[1]
    if (manager !== undefined) return manager
  }
  return 'npm'
}
