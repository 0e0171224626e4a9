import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Check, Finding } from '../check.ts'
import type { Repository } from '../repository/index.ts'
import { tarballs } from './tarballs.ts'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** The compilers a user may have: the oldest that is supported and the one the repository builds with. */
const compilers = ['typescript-compiler', 'typescript']

/** An empty project installs the packed packages by npm, type-checks a small app on them and runs it. */
export const consumer: Check = {
  name: 'consumer',
  async run(repository) {
    const project = mkdtempSync(join(tmpdir(), 'stream-consumer-'))
    try {
      return await tryOut(repository, project)
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  },
}

async function tryOut(repository: Repository, project: string): Promise<readonly Finding[]> {
  cpSync(join(repository.root, 'internal/checks/consumer'), project, { recursive: true })
  const files = (await tarballs(repository)).map(({ name, file }) => [name, `file:${file}`] as const)
  const manifest = JSON.parse(repository.read('internal/checks/consumer/package.json')) as Record<string, object>
  const dependencies = { ...manifest.dependencies, ...Object.fromEntries(files) }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, dependencies }))
  const steps: readonly (readonly [string, readonly string[]])[] = [
    // Without scripts: the app uses no native addon, and nobody compiles what they do not use.
    ['npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts']],
    ...compilers.map((name) => [process.execPath, [compiler(repository, name), '-p', '.']] as const),
    [process.execPath, ['dist/main.js']],
  ]
  for (const [program, args] of steps) {
    const failure = await attempt(program, args, project)
    if (failure !== undefined) return [{ file: 'internal/checks/consumer', message: failure }]
  }
  return []
}

function compiler(repository: Repository, name: string): string {
  const manifest =
    name === 'typescript'
      ? join(repository.root, 'node_modules/typescript/package.json')
      : require.resolve(`${name}/package.json`)
  return join(dirname(manifest), 'bin', 'tsc')
}

async function attempt(program: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    await run(program, args, { cwd, timeout: 120_000 })
    return undefined
  } catch (error) {
    const { stdout = '', stderr = '', message = '' } = error as { stdout?: string; stderr?: string; message?: string }
    return `${program} ${args.join(' ')} failed:\n${stdout}${stderr || message}`
  }
}
