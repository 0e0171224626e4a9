import ts from 'typescript-compiler'
import type { Repository } from './repository.ts'

const parsed = new WeakMap<Repository, Map<string, ts.SourceFile>>()

/** The syntax tree of a file, with parents; parsed once per repository. */
export function syntaxOf(repository: Repository, path: string): ts.SourceFile {
  let files = parsed.get(repository)
  if (files === undefined) parsed.set(repository, (files = new Map()))
  let file = files.get(path)
  if (file === undefined) {
    file = ts.createSourceFile(path, repository.read(path), ts.ScriptTarget.Latest, true)
    files.set(path, file)
  }
  return file
}

/** Line number of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

/** Calls `visit` for a node and everything below it. */
export function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => visitAll(child, visit))
}
