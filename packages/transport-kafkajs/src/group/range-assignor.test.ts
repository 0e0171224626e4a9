import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rangeAssignor } from './range-assignor.ts'

const range = rangeAssignor('eager')

const member = (memberId: string, topics: string[]) => ({ memberId, topics, owned: [], userData: new Uint8Array(0) })

describe('the range assignor', () => {
  it('keeps partitions of equal number together over topics of equal size', () => {
    const members = ['m2', 'm1'].map((id) => member(id, ['a', 'b']))
    const plan = range.assign({
      members,
      partitions: new Map([
        ['a', 3],
        ['b', 3],
      ]),
    })
    const numbers = (id: string, topic: string) =>
      plan
        .get(id)
        ?.partitions.filter((one) => one.topic === topic)
        .map((one) => one.partition)
    expect([numbers('m1', 'a'), numbers('m1', 'b')]).toEqual([
      [0, 1],
      [0, 1],
    ])
    expect([numbers('m2', 'a'), numbers('m2', 'b')]).toEqual([[2], [2]])
  })

  it('gives every partition to exactly one subscriber, evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(40), (memberCount, partitionCount) => {
        const members = Array.from({ length: memberCount }, (_, i) => member(`m${i}`, ['t']))
        const plan = range.assign({ members, partitions: new Map([['t', partitionCount]]) })
        const given = [...plan.values()].flatMap((one) => one.partitions.map((p) => p.partition))
        expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitionCount }, (_, i) => i))
        const sizes = [...plan.values()].map((one) => one.partitions.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('gives nothing of a topic to who did not subscribe to it', () => {
    const plan = range.assign({
      members: [member('m1', ['a']), member('m2', ['b'])],
      partitions: new Map([['a', 2]]),
    })
    expect(plan.get('m2')?.partitions).toEqual([])
  })
})
