import type { Check } from '../check.ts'
import { isAdapter, maxAdapterNames, maxCoreNames, maxOtherNames } from '../rules/index.ts'
import { exportedNames } from './exported-names.ts'
import { packageEntries } from './package-entries.ts'

/** What a user meets stays small enough to read. */
export const entryBudgets: Check = {
  name: 'entry-budgets',
  run(repository) {
    return packageEntries(repository).flatMap(({ folder, path }) => {
      const budget = budgetOf(folder)
      const count = repository.has(path) ? exportedNames(repository, path).length : 0
      if (count > 0 && count <= budget) return []
      return [{ file: path, message: `exports ${count} names; there must be some, and at most ${budget}` }]
    })
  },
}

function budgetOf(folder: string): number {
  if (folder === 'core') return maxCoreNames
  return isAdapter(folder) ? maxAdapterNames : maxOtherNames
}
