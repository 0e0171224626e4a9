import { storeConformance } from '@stream/conformance'
import type { Store } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { describe, expect, it } from 'vitest'
import { brokenStores } from './broken-stores.ts'
import { type Recording, record } from './recording-runner.ts'

const seed = 1

function recordStore(open: () => Store, groups: readonly string[] = []): Promise<Recording> {
  return record((runner) => storeConformance(runner, { name: 'broken', open, seed }), groups)
}

describe('the kit for stores', () => {
  it('passes the memory store in every case', async () => {
    const { passed, failed } = await recordStore(() => memory())
    expect([...failed]).toEqual([])
    expect(passed.length).toBeGreaterThan(50)
  })

  it.each(brokenStores)('notices a store that $promise', async ({ open, fails }) => {
    const { passed, failed } = await recordStore(open)
    expect([...failed.keys()]).toEqual(expect.arrayContaining([...fails]))
    expect(passed.length, 'one broken promise must not fail everything').toBeGreaterThan(failed.size)
  })
})
