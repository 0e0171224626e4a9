import ts from 'typescript-compiler'
import type { Check, Finding } from '../check.ts'
import { lineOf, packageSources, syntaxOf, visitAll } from '../repository/index.ts'

/** A library does not write to its user's terminal: no `console` in packages. The command-line program is the exception. */
export const consoleUse: Check = {
  name: 'console-use',
  run(repository) {
    const found: Finding[] = []
    for (const file of packageSources(repository).filter((path) => !path.startsWith('packages/cli/'))) {
      visitAll(syntaxOf(repository, file), (node) => {
        const isUse = ts.isIdentifier(node) && node.text === 'console' && ts.isPropertyAccessExpression(node.parent)
        if (isUse)
          found.push({ file, line: lineOf(node), message: 'writes to the console; use the app log or a sensor' })
      })
    }
    return found
  },
}
