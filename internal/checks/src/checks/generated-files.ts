import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from '../check.ts'
import { generate } from '../pages/index.ts'
import type { Repository } from '../repository/index.ts'

/** What is generated is committed as its generator writes it. Leaves the fresh files in place. */
export const generatedFiles: Check = {
  name: 'generated-files',
  async run(repository) {
    const before = readDocs(repository)
    await generate(repository)
    return [...before]
      .filter(([path, text]) => contentOf(repository, path) !== text)
      .map(([file]) => ({ file, message: 'was stale and has been generated anew; commit it' }))
  },
}

/** Generators write pages, and pages only. */
function readDocs(repository: Repository): ReadonlyMap<string, string | undefined> {
  const paths = repository.files.filter((path) => path.endsWith('.md') || path.startsWith('docs/'))
  return new Map(paths.map((path) => [path, contentOf(repository, path)]))
}

function contentOf({ root }: Repository, path: string): string | undefined {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
