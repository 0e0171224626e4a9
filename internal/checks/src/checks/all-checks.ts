import type { Check } from '../check.ts'
import { changesets } from './changesets.ts'
import { consoleUse } from './console-use.ts'
import { consumer } from './consumer.ts'
import { docLinks } from './doc-links.ts'
import { documentedExports } from './documented-exports.ts'
import { entryBudgets } from './entry-budgets.ts'
import { fileBudgets } from './file-budgets.ts'
import { fileNames } from './file-names.ts'
import { forbiddenText } from './forbidden-text.ts'
import { generatedFiles } from './generated-files.ts'
import { honestTests } from './honest-tests.ts'
import { importCycles } from './import-cycles.ts'
import { importDirection } from './import-direction.ts'
import { manifests } from './manifests.ts'
import { namedExports } from './named-exports.ts'
import { publishedPackages } from './published-packages.ts'
import { roomDoors } from './room-doors.ts'
import { snippets } from './snippets.ts'
import { suiteMembership } from './suite-membership.ts'
import { typeEscapes } from './type-escapes.ts'

/** Every check of the repository's structure, the quick ones first. */
export const allChecks: readonly Check[] = [
  fileNames,
  fileBudgets,
  importDirection,
  roomDoors,
  importCycles,
  namedExports,
  entryBudgets,
  documentedExports,
  typeEscapes,
  consoleUse,
  manifests,
  forbiddenText,
  honestTests,
  docLinks,
  snippets,
  changesets,
  suiteMembership,
  generatedFiles,
  publishedPackages,
  consumer,
]
