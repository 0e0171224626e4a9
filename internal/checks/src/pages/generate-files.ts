import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Repository, workspacePackages } from '../repository/index.ts'
import { isPage, regionOf, snippetsOf } from './snippets.ts'

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
  const before = repository.read(page)
  let text = before
  for (const { path, region, code } of snippetsOf(before)) {
    const source = repository.has(path) ? regionOf(repository.read(path), region) : undefined
    if (source === undefined) continue
    const head = `<!-- snippet ${path}#${region} -->\n\`\`\`ts\n`
    text = text.replace(head + code, () => head + source)
  }
  if (text !== before) writeFileSync(join(repository.root, page), text)
}
