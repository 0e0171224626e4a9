import ts from 'typescript-compiler'
import type { Check, Finding } from '../check.ts'
import { lineOf } from '../repository/index.ts'
import { exportedNames } from './exported-names.ts'
import { packageEntries } from './package-entries.ts'

/** Every name that an entry exports says in a doc comment what it promises. */
export const documentedExports: Check = {
  name: 'documented-exports',
  run(repository) {
    const found = new Map<string, Finding>()
    for (const { path } of packageEntries(repository).filter((entry) => repository.has(entry.path))) {
      for (const { name, declarations } of exportedNames(repository, path)) {
        const [first] = declarations
        if (first === undefined || declarations.some(isDocumented)) continue
        const file = first.getSourceFile().fileName
        found.set(`${file} ${name}`, { file, line: lineOf(first), message: `${name} is public and has no doc comment` })
      }
    }
    return [...found.values()]
  },
}

function isDocumented(declaration: ts.Declaration): boolean {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return ts.getJSDocCommentsAndTags(holder).length > 0
}
