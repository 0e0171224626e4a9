import { extname } from 'node:path'
import type { Check, Finding } from '../check.ts'
import type { Repository } from '../repository/index.ts'

const texts = ['.ts', '.mts', '.mjs', '.js', '.json', '.md', '.yaml', '.yml', '.xml', '.java', '.sh', '']

// Spelled in pieces, so that this file holds to its own rule.
const machineFolders = ['work', 'root', 'tmp', 'home', 'Users'].join('|')
const registryHosts = /registry\.(npmjs|yarnpkg)|npm\.pkg\.github|repo1?\.maven/

const rules: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: new RegExp(`(?<![\\w.:/*@$}\\])-])/(?:${machineFolders})/`), message: 'names a folder of one machine' },
  {
    pattern: registryHosts,
    message: 'names a registry; leave it to the user',
  },
  {
    pattern: new RegExp(`\\b(?:TO${'DO'}|FIX${'ME'}|X${'XX'})\\b`),
    message: 'leaves work undone; do it or open an issue',
  },
]

/** Nothing points at one machine or registry, and nothing is left for later. */
export const forbiddenText: Check = {
  name: 'forbidden-text',
  run: (repository) =>
    repository.files
      .filter((path) => texts.includes(extname(path)) && path !== 'pnpm-lock.yaml' && !path.endsWith('/LICENSE'))
      .flatMap((path) => findings(repository, path)),
}

function findings(repository: Repository, file: string): readonly Finding[] {
  return repository
    .read(file)
    .split('\n')
    .flatMap((text, index) => {
      const broken = rules.filter(({ pattern }) => pattern.test(text))
      return broken.map(({ message }) => ({ file, line: index + 1, message }))
    })
}
