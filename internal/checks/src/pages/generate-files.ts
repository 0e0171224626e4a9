import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Repository, workspacePackages } from '../repository/index.ts'
import { isPage, regionOf, withFreshSnippets } from './snippets.ts'

/**
 * Writes everything that is generated: what the `generate` scripts of packages write, then the snippets of pages. A `generate`
 * script is a Node command line of its package and writes files below `docs/`.
 */
export async function generate(repository: Repository): Promise<void> {
  for (const { folder, manifest } of workspacePackages(repository).values()) {
    const [program, ...args] = manifest.scripts?.generate?.split(' ') ?? []
    if (program === undefined) continue
    if (program !== 'node') throw new Error(`${folder}: its generate script must start with node`)
    await promisify(execFile)(process.execPath, args, { cwd: join(repository.root, folder) })
  }
  for (const path of repository.files.filter(isPage)) writeSnippets(repository, path)
}

function writeSnippets(repository: Repository, page: string): void {
  const before = readFileSync(join(repository.root, page), 'utf8')
  const text = withFreshSnippets(before, ({ path, region }) =>
    repository.has(path) ? regionOf(repository.read(path), region) : undefined,
  )
  if (text !== before) writeFileSync(join(repository.root, page), text)
}
