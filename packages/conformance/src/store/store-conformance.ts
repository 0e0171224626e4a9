import type { Runner } from '../kit/index.ts'
import { applyCases } from './apply-cases.ts'
import { lifecycleCases } from './lifecycle-cases.ts'
import { manifestCases } from './manifest-cases.ts'
import { persistenceCases } from './persistence-cases.ts'
import { randomCases } from './random-cases.ts'
import { rangeCases } from './range-cases.ts'
import { readCases } from './read-cases.ts'
import { type StoreLab, storeLab } from './store-lab.ts'
import { readStoreOptions, type StoreConformanceOptions } from './store-options.ts'

const groups = [manifestCases, lifecycleCases, readCases, applyCases, rangeCases, persistenceCases, randomCases]

/**
 * Registers with the runner the cases that prove a store: what core relies on, and nothing else. There is no way to skip a case; where a
 * `supports` flag is false, the cases of that flag assert that the store refuses what it does not claim. Unknown options throw
 * `STREAM_CONFIG_INVALID`.
 */
export function storeConformance(runner: Runner, options: StoreConformanceOptions): void {
  const settled = readStoreOptions(options)
  runner.describe(`store ${settled.name}`, () => {
    let lab: StoreLab
    runner.beforeEach(async () => {
      lab = storeLab(settled)
    })
    runner.afterEach(() => lab.cleanUp())
    for (const group of groups) {
      runner.describe(group.title, () => {
        for (const { title, run } of group.cases) runner.it(title, () => run(lab), settled.caseTimeoutMs)
      })
    }
  })
}
