import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files a check looks at: all that git tracks or would track, by their path from the root, with forward slashes. */
export interface Repository {
  /** Absolute path of the root folder. */
  readonly root: string
  /** Sorted. */
  readonly files: readonly string[]
  has(path: string): boolean
  read(path: string): string
}

/** The repository on disk. */
export function openRepository(root: string): Repository {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  // A file that was deleted but not yet committed as such is still listed.
  const files = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  const texts = new Map<string, string>()
  return repository(root, files, (path) => {
    const known = texts.get(path)
    if (known !== undefined) return known
    const text = readFileSync(join(root, path), 'utf8')
    texts.set(path, text)
    return text
  })
}

/** A repository that exists only as text: what tests of checks look at. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return repository('', Object.keys(files), (path) => files[path] ?? '')
}

function repository(root: string, files: readonly string[], read: (path: string) => string): Repository {
  const known = new Set(files)
  return { root, files: [...known].sort(), has: (path) => known.has(path), read }
}
