import { describe, expect, it } from 'vitest'
import type { Settings } from '../config/index.ts'
import type { Topology } from '../topology/index.ts'
import type { Transport } from '../transport/index.ts'
import { isEagerGroup } from './choose-rebalance.ts'

/** Only what the choice looks at. */
function chosen(
  rebalance: string,
  supports: { cooperative: boolean; assignor: boolean },
  ...inputs: number[]
): boolean {
  const subTopologies = inputs.map((count) => ({
    sources: Array.from({ length: count }, (_, i) => ({ name: `in-${i}` })),
  }))
  return isEagerGroup(
    { rebalance } as unknown as Settings,
    { name: 'some', supports } as unknown as Transport,
    { appId: 'app', subTopologies } as unknown as Topology,
  )
}

const own = { cooperative: true, assignor: false }

describe('the way a group rebalances', () => {
  it('is eager where that is asked for, and where the transport has no other', () => {
    expect(chosen('eager', own, 1)).toBe(true)
    expect(chosen('auto', { cooperative: false, assignor: true }, 1)).toBe(true)
  })

  it('is cooperative where every task has one input, or core itself assigns', () => {
    expect(chosen('auto', own, 1, 1)).toBe(false)
    expect(chosen('auto', { cooperative: true, assignor: true }, 2)).toBe(false)
  })

  it('is eager where the client’s own assignor could tear the inputs of a task apart', () => {
    expect(chosen('auto', own, 1, 2)).toBe(true)
  })

  it('is refused where cooperative rebalances would tear them apart', () => {
    expect(() => chosen('cooperative', own, 2)).toThrow(/in-0 and in-1 are read together/)
  })
})
