import ts from 'typescript-compiler'
import type { Check, Finding } from '../check.ts'
import { codeFiles, lineOf, packageSources, type Repository, syntaxOf, visitAll } from '../repository/index.ts'
import { anyAliasFile } from '../rules/index.ts'

const suppression = /@ts-(ignore|nocheck|expect-error)/

/** The compiler is not silenced: no `any` in a package outside of the one alias file, no suppressed errors outside of type tests. */
export const typeEscapes: Check = {
  name: 'type-escapes',
  run(repository) {
    const anys = packageSources(repository).filter((path) => path !== anyAliasFile)
    return [
      ...anys.flatMap((path) => anyFindings(repository, path)),
      ...codeFiles(repository).flatMap((path) => suppressionFindings(repository, path)),
    ]
  },
}

function anyFindings(repository: Repository, file: string): readonly Finding[] {
  const found: Finding[] = []
  visitAll(syntaxOf(repository, file), (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword)
      found.push({ file, line: lineOf(node), message: 'says any; say what it is' })
  })
  return found
}

/** Type tests expect errors, at runtime and in `*.test-d.ts`; elsewhere an expected error is a suppressed one. */
function suppressionFindings(repository: Repository, file: string): readonly Finding[] {
  if (file.startsWith('internal/checks/')) return []
  return repository
    .read(file)
    .split('\n')
    .flatMap((text, index) => {
      const kind = suppression.exec(text)?.[1]
      if (kind === undefined || (kind === 'expect-error' && /\.test(-d)?\.ts$/.test(file))) return []
      return [{ file, line: index + 1, message: `suppresses an error with @ts-${kind}; mend the cause` }]
    })
}
