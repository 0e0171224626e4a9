import ts from 'typescript-compiler'
import type { Check, Finding } from '../check.ts'
import { codeFiles, lineOf, type Repository, syntaxOf } from '../repository/index.ts'

/** A door lists what goes through it: no `export *`. */
export const namedExports: Check = {
  name: 'named-exports',
  run: (repository) => codeFiles(repository).flatMap((path) => stars(repository, path)),
}

function stars(repository: Repository, file: string): readonly Finding[] {
  return syntaxOf(repository, file).statements.flatMap((statement) => {
    const isStar =
      ts.isExportDeclaration(statement) && (!statement.exportClause || ts.isNamespaceExport(statement.exportClause))
    return isStar ? [{ file, line: lineOf(statement), message: 'exports *; list the names' }] : []
  })
}
