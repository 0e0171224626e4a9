import { execFileSync } from 'node:child_process'
import { join, relative, sep } from 'node:path'
import type { Check, Finding } from '../check.ts'
import { type Repository, testFiles } from '../repository/index.ts'

/** Every test file belongs to exactly one suite: none is forgotten, none runs twice. */
export const suiteMembership: Check = {
  name: 'suite-membership',
  run: (repository) => membershipFindings(testFiles(repository), filesBySuite(repository)),
}

/** A file as the test runner lists it. */
export interface ListedFile {
  readonly file: string
  readonly projectName: string
}

/** Compares the test files there are with those the suites list. */
export function membershipFindings(files: readonly string[], listed: readonly ListedFile[]): readonly Finding[] {
  return files.flatMap((file) => {
    const suites = listed.filter((one) => one.file === file).map((one) => one.projectName)
    if (suites.length === 1) return []
    const where = suites.length === 0 ? 'no suite' : suites.join(' and ')
    return [{ file, message: `belongs to ${where}; a test file belongs to exactly one suite` }]
  })
}

function filesBySuite(repository: Repository): readonly ListedFile[] {
  const vitest = join(repository.root, 'node_modules', 'vitest', 'vitest.mjs')
  const options = { cwd: repository.root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const
  const output = execFileSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], options)
  const listed = JSON.parse(output.slice(output.indexOf('['))) as ListedFile[]
  return listed.map((one) => ({ ...one, file: relative(repository.root, one.file).split(sep).join('/') }))
}
