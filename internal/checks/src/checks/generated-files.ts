import type { Check } from '../check.ts'
import { generate } from '../pages/index.ts'
import { openRepository, type Repository } from '../repository/index.ts'

/** What is generated is committed as its generator writes it. Leaves the fresh files in place. */
export const generatedFiles: Check = {
  name: 'generated-files',
  async run(repository) {
    const before = pages(repository)
    await generate(repository)
    const after = pages(openRepository(repository.root))
    return [...after]
      .filter(([path, text]) => before.get(path) !== text)
      .map(([file]) => ({ file, message: 'was stale and has been generated anew; commit it' }))
  },
}

/** Generators write pages, and pages only. */
function pages(repository: Repository): ReadonlyMap<string, string> {
  const paths = repository.files.filter((path) => path.endsWith('.md') || path.startsWith('docs/'))
  return new Map(paths.map((path) => [path, repository.read(path)]))
}
