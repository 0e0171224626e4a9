import ts from 'typescript-compiler'
import { importsOf, type Repository, syntaxOf } from '../repository/index.ts'

/** A name that an entry exports, and where it is declared; no declarations where another package declares it. */
export interface ExportedName {
  readonly name: string
  readonly declarations: readonly ts.Declaration[]
}

/** Every name a file exports, followed through re-exports to its declarations. */
export function exportedNames(repository: Repository, path: string): readonly ExportedName[] {
  const file = syntaxOf(repository, path)
  const names = new Map<string, ts.Declaration[]>()
  const add = (name: string, declarations: readonly ts.Declaration[]): void => {
    names.set(name, [...(names.get(name) ?? []), ...declarations])
  }
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      const from = statement.moduleSpecifier && resolve(repository, path, statement.moduleSpecifier)
      for (const { name, propertyName } of statement.exportClause.elements) {
        const inner = (propertyName ?? name).text
        add(name.text, from === undefined ? findLocal(repository, path, inner) : find(repository, from, inner))
      }
    } else if (ts.isExportAssignment(statement)) {
      const { expression } = statement
      add('default', ts.isIdentifier(expression) ? findLocal(repository, path, expression.text) : [statement])
    } else if (isExported(statement)) {
      for (const declaration of declarationsIn(statement)) add(nameOf(declaration), [declaration])
    }
  }
  return [...names].map(([name, declarations]) => ({ name, declarations }))
}

function find(repository: Repository, path: string | null, name: string): readonly ts.Declaration[] {
  if (path === null || !repository.has(path)) return []
  return exportedNames(repository, path).find((one) => one.name === name)?.declarations ?? []
}

/** A name of the file itself: declared there, or imported from where it is. */
function findLocal(repository: Repository, path: string, name: string): readonly ts.Declaration[] {
  const found: ts.Declaration[] = []
  for (const statement of syntaxOf(repository, path).statements) {
    if (!ts.isImportDeclaration(statement))
      found.push(...declarationsIn(statement).filter((one) => nameOf(one) === name))
    else {
      const bindings = statement.importClause?.namedBindings
      const element =
        bindings && ts.isNamedImports(bindings) ? bindings.elements.find((one) => one.name.text === name) : undefined
      if (element === undefined) continue
      const inner = (element.propertyName ?? element.name).text
      found.push(...find(repository, resolve(repository, path, statement.moduleSpecifier), inner))
    }
  }
  return found
}

/** Path of the module, or null where it is another package. */
function resolve(repository: Repository, path: string, specifier: ts.Expression): string | null {
  if (!ts.isStringLiteral(specifier)) return null
  return importsOf(repository, path).find((one) => one.specifier === specifier.text)?.target ?? null
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false
}

function declarationsIn(statement: ts.Statement): readonly ts.Declaration[] {
  if (ts.isVariableStatement(statement)) return [...statement.declarationList.declarations]
  const isDeclaration =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  return isDeclaration ? [statement] : []
}

function nameOf(declaration: ts.Declaration): string {
  const name = ts.getNameOfDeclaration(declaration)
  return name !== undefined && ts.isIdentifier(name) ? name.text : 'default'
}
