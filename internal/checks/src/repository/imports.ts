import { posix } from 'node:path'
import ts from 'typescript-compiler'
import type { Repository } from './repository.ts'
import { lineOf, syntaxOf, visitAll } from './syntax.ts'

/** One place where a file names another module: an import, a re-export, a dynamic import or an import type. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Path of the file it means, where it is relative. */
  readonly target: string | undefined
}

const known = new WeakMap<ts.SourceFile, readonly Import[]>()

/** Everything a file imports. */
export function importsOf(repository: Repository, path: string): readonly Import[] {
  const file = syntaxOf(repository, path)
  const before = known.get(file)
  if (before !== undefined) return before
  const found: Import[] = []
  visitAll(file, (node) => {
    const literal = moduleLiteral(node)
    if (literal === undefined) return
    const target = targetOf(path, literal.text)
    found.push({ specifier: literal.text, line: lineOf(literal), target })
  })
  known.set(file, found)
  return found
}

/** Name of the package a bare specifier means: `@stream/core` of `@stream/core/adapter`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Whether a specifier means neither a file nor a part of Node. */
export function isBare(specifier: string): boolean {
  return !specifier.startsWith('.') && !specifier.startsWith('node:')
}

function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined
}

function moduleLiteral(node: ts.Node): ts.StringLiteralLike | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literalOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literalOf(node.argument.literal)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return literalOf(node.arguments[0])
  return undefined
}

function literalOf(node: ts.Node | undefined): ts.StringLiteralLike | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node : undefined
}
