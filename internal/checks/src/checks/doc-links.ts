import { posix } from 'node:path'
import type { Check, Finding } from '../check.ts'
import { anchorsOf, proseLines } from '../pages/index.ts'
import type { Repository } from '../repository/index.ts'

/** Links between pages and to files lead somewhere. */
export const docLinks: Check = {
  name: 'doc-links',
  run: (repository) =>
    repository.files.filter((path) => path.endsWith('.md')).flatMap((path) => findings(repository, path)),
}

function findings(repository: Repository, file: string): readonly Finding[] {
  return proseLines(repository.read(file)).flatMap(({ text, line }) =>
    [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, link = '']) => {
      const message = breach(repository, file, link)
      return message === undefined ? [] : [{ file, line, message }]
    }),
  )
}

function breach(repository: Repository, file: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, '')
  const isFolder = repository.files.some((one) => one.startsWith(`${target}/`))
  if (!repository.has(target) && !isFolder) return `links to ${link}, which does not exist`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return anchorsOf(repository.read(target)).has(anchor) ? undefined : `links to ${link}, a heading that does not exist`
}
