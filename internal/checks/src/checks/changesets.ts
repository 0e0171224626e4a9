import { execFileSync } from 'node:child_process'
import type { Check } from '../check.ts'
import { publicPackages, type Repository } from '../repository/index.ts'

const isChangeset = /^\.changeset\/(?!README)[^/]+\.md$/

/** What a user can see is announced: every published package that was never released, or changed since, has a changeset. */
export const changesets: Check = {
  name: 'changesets',
  run(repository) {
    const named = namedPackages(repository)
    const packages = publicPackages(repository)
    const unknown = [...named].filter((name) => !packages.some(({ manifest }) => manifest.name === name))
    return [
      ...unknown.map((name) => ({ file: '.changeset', message: `a changeset names ${name}, which is not published` })),
      ...packages
        .filter(({ folder, manifest }) => !named.has(manifest.name) && needsChangeset(repository, folder))
        .map(({ folder, manifest }) => ({
          file: folder,
          message: `no changeset names ${manifest.name}; npx changeset adds one`,
        })),
    ]
  },
}

function namedPackages(repository: Repository): ReadonlySet<string> {
  const texts = repository.files.filter((path) => isChangeset.test(path)).map((path) => repository.read(path))
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/^["']([^"']+)["']: (?:major|minor|patch)$/gm)].map(([, name = '']) => name),
    ),
  )
}

/** Its changelog is written by the release, so sources that are newer than it were not announced. */
function needsChangeset(repository: Repository, folder: string): boolean {
  if (!repository.has(`${folder}/CHANGELOG.md`)) return true
  const release = git(repository, ['log', '-1', '--format=%H', '--', `${folder}/CHANGELOG.md`])
  return git(repository, ['diff', '--name-only', release, '--', `${folder}/src`]) !== ''
}

function git(repository: Repository, args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repository.root, encoding: 'utf8' }).trim()
}
