import ts from 'typescript-compiler'
import type { Check, Finding } from '../check.ts'
import { lineOf, type Repository, syntaxOf, testFiles, visitAll } from '../repository/index.ts'

const runners = ['it', 'test', 'describe', 'suite']
const escapes = ['skip', 'only', 'todo', 'fails', 'skipIf', 'runIf']

/** A test runs, once: none is skipped, singled out, expected to fail or retried. */
export const honestTests: Check = {
  name: 'honest-tests',
  run: (repository) => testFiles(repository).flatMap((path) => findings(repository, path)),
}

function findings(repository: Repository, file: string): readonly Finding[] {
  const found: Finding[] = []
  visitAll(syntaxOf(repository, file), (node) => {
    const way = escapeOf(node)
    if (way !== undefined) found.push({ file, line: lineOf(node), message: `uses ${way}; a test runs, once` })
  })
  return found
}

function escapeOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && escapes.includes(node.name.text)) {
    const root = rootOf(node.expression)
    return root !== undefined && runners.includes(root) ? `${root}.${node.name.text}` : undefined
  }
  const isRetry = ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'retry'
  return isRetry &&
    ts.isNumericLiteral(node.initializer) &&
    ts.isCallExpression(node.parent.parent) &&
    isRunner(node.parent.parent)
    ? 'retry'
    : undefined
}

function isRunner(call: ts.CallExpression): boolean {
  return runners.includes(rootOf(call.expression) ?? '')
}

/** `it` of `it.concurrent.each(...)`. */
function rootOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text
  return ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) ? rootOf(node.expression) : undefined
}
