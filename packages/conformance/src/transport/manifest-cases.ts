import assert from 'node:assert/strict'
import { contractVersion, type TransportSupports } from '@stream/core/adapter'
import type { TransportGroup } from './transport-case.ts'

const flags: readonly (keyof TransportSupports)[] = [
  'groupFencing',
  'cooperative',
  'assignor',
  'staticMembership',
  'producedOffsets',
  'deleteRecords',
  'describeConfigs',
]

export const manifestCases: TransportGroup = {
  title: 'manifest',
  cases: [
    {
      title: 'has a name and the contract version of this kit',
      async run(lab) {
        const transport = await lab.unopened()
        assert.match(transport.name, /^[a-z][a-z0-9-]*$/)
        assert.equal(transport.contract, contractVersion)
      },
    },
    {
      title: 'states every supports flag, frozen, once it is open',
      async run(lab) {
        const { supports } = await lab.transport()
        for (const flag of flags) assert.equal(typeof supports[flag], 'boolean', `supports.${flag} must be stated`)
        assert.ok(Object.isFrozen(supports), 'supports must be frozen')
      },
    },
    {
      title: 'states the same for every transport of one log',
      async run(lab) {
        const [first, second] = [await lab.transport(), await lab.anotherTransport()]
        assert.deepEqual({ ...first.supports }, { ...second.supports })
      },
    },
  ],
}
