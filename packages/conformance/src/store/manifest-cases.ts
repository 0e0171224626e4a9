import assert from 'node:assert/strict'
import { contractVersion, type StoreSupports } from '@stream/core/adapter'
import type { StoreGroup } from './store-lab.ts'

const flags: readonly (keyof StoreSupports)[] = ['persistent', 'ordered', 'shared']

export const manifestCases: StoreGroup = {
  title: 'manifest',
  cases: [
    {
      title: 'has a name and the contract version of this kit',
      async run(lab) {
        const store = await lab.unstartedStore()
        assert.match(store.name, /^[a-z][a-z0-9-]*$/)
        assert.equal(store.contract, contractVersion)
      },
    },
    {
      title: 'states every supports flag, frozen, and the same before and after start',
      async run(lab) {
        const store = await lab.unstartedStore()
        const before = { ...store.supports }
        for (const flag of flags) assert.equal(typeof before[flag], 'boolean', `supports.${flag} must be stated`)
        assert.ok(Object.isFrozen(store.supports), 'supports must be frozen')
        await store.start({ appId: 'conformance', log: () => undefined })
        assert.deepEqual({ ...store.supports }, before)
      },
    },
    {
      title: 'has range on its partitions exactly where it is ordered',
      async run(lab) {
        const { store, partition } = await lab.partition()
        assert.equal(partition.range !== undefined, store.supports.ordered)
      },
    },
    {
      title: 'states limits that are whole numbers of bytes',
      async run(lab) {
        const store = await lab.store()
        for (const limit of [store.maxKeyBytes, store.maxValueBytes]) {
          if (limit !== undefined) assert.ok(Number.isSafeInteger(limit) && limit > 0, `${limit} is no number of bytes`)
        }
      },
    },
    {
      title: 'tells the partition by the id it was opened with',
      async run(lab) {
        const store = await lab.store()
        const table = lab.table()
        const partition = await store.open({ table, partition: 7 })
        assert.deepEqual({ ...partition.id }, { table, partition: 7 })
      },
    },
  ],
}
