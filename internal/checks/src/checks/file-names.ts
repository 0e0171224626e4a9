import { posix } from 'node:path'
import type { Check } from '../check.ts'
import { codeFiles } from '../repository/index.ts'

const catchAlls = ['utils', 'util', 'common', 'helpers', 'helper', 'misc', 'types', 'shared']
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(slow|property))?(\.(test|test-d|bench|config))?\.(ts|mts|mjs|js)$/

/** A file is named after its idea, in kebab-case; no file and no folder is a catch-all. Type tests may lie in `types`. */
export const fileNames: Check = {
  name: 'file-names',
  run(repository) {
    return codeFiles(repository).flatMap((file) => {
      const parts = file.replace('/test/types/', '/test/').split('/')
      const stems = parts.map((part) => part.replace(/\..*$/, ''))
      const catchAll = stems.find((stem) => catchAlls.includes(stem))
      if (catchAll !== undefined) return [{ file, message: `"${catchAll}" names no idea; name it after what it holds` }]
      return kebabCase.test(posix.basename(file)) ? [] : [{ file, message: 'is not named in kebab-case' }]
    })
  },
}
