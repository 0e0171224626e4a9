import type { Check, Finding } from '../check.ts'
import { isPage, regionOf, snippetsOf } from '../pages/index.ts'
import type { Repository } from '../repository/index.ts'

/** Code on pages is taken from files that CI runs. */
export const snippets: Check = {
  name: 'snippets',
  run: (repository) => repository.files.filter(isPage).flatMap((path) => findings(repository, path)),
}

function findings(repository: Repository, file: string): readonly Finding[] {
  return snippetsOf(repository.read(file)).flatMap(({ line, path, region, code }) => {
    const source = repository.has(path) ? regionOf(repository.read(path), region) : undefined
    if (source === code) return []
    const message =
      source === undefined
        ? `shows ${path}#${region}, which does not exist`
        : `differs from ${path}#${region}; npm run generate brings it up to date`
    return [{ file, line, message }]
  })
}
