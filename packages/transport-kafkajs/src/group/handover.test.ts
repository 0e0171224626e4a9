import type { TopicPartition } from '@stream/core/adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SubscribedMember, withoutHandover } from './handover.ts'

const places = (...partitions: number[]): TopicPartition[] => partitions.map((partition) => ({ topic: 't', partition }))

function member(memberId: string, owned: TopicPartition[], keepsOwned: boolean, ownedGeneration = 1): SubscribedMember {
  return { memberId, topics: ['t'], owned, ownedGeneration, keepsOwned, userData: new Uint8Array(0) }
}

function planned(members: SubscribedMember[], plan: Record<string, TopicPartition[]>) {
  const full = new Map(Object.entries(plan).map(([memberId, partitions]) => [memberId, { partitions }]))
  return Object.fromEntries(
    [...withoutHandover(members, full)].map(([memberId, { partitions, handsOver }]) => [
      memberId,
      { numbers: partitions.map((one) => one.partition), handsOver },
    ]),
  )
}

describe('an assignment', () => {
  it('gives what a member still works on to nobody else, and has that member come again', () => {
    const members = [member('a', places(0, 1), true), member('b', [], true)]
    expect(planned(members, { a: places(0), b: places(1) })).toEqual({
      a: { numbers: [0], handsOver: true },
      b: { numbers: [], handsOver: false },
    })
  })

  it('takes no notice of what members have given up before they joined', () => {
    const members = [member('a', places(0, 1), false), member('b', [], true)]
    expect(planned(members, { a: places(0), b: places(1) })).toEqual({
      a: { numbers: [0], handsOver: false },
      b: { numbers: [1], handsOver: false },
    })
  })

  it('has a member come again that the assignor left out', () => {
    const members = [member('a', places(0), true), member('b', [], false)]
    expect(planned(members, { b: places(0) })).toEqual({
      a: { numbers: [], handsOver: true },
      b: { numbers: [], handsOver: false },
    })
  })

  it('believes the later one of two that claim a partition', () => {
    const members = [member('a', places(0), true, 3), member('b', places(0), true, 2)]
    expect(planned(members, { b: places(0) })).toMatchObject({ a: { handsOver: true }, b: { numbers: [] } })
    expect(planned(members, { a: places(0) })).toMatchObject({ a: { numbers: [0], handsOver: false } })
  })

  it('lets members of both kinds meet: after every round nobody has what another one works on, and it settles', () => {
    const ids = ['a', 'b', 'c']
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...ids), { minLength: 6, maxLength: 6 }),
        fc.array(fc.constantFrom(...ids), { minLength: 6, maxLength: 6 }),
        fc.subarray(ids),
        (before, after, cooperative) => {
          const of = (owners: string[], id: string): TopicPartition[] =>
            places(...owners.flatMap((owner, partition) => (owner === id ? [partition] : [])))
          const plan = new Map(ids.map((id) => [id, { partitions: of(after, id) }]))
          const isKeeping = (id: string): boolean => cooperative.includes(id)
          let held = new Map(ids.map((id) => [id, of(before, id)]))
          for (let round = 0; round < 2; round++) {
            const members = ids.map((id) => member(id, held.get(id) ?? [], isKeeping(id), round))
            const told = withoutHandover(members, plan)
            for (const id of ids) {
              for (const { partition } of told.get(id)?.partitions ?? []) {
                const works = ids.filter(
                  (other) => isKeeping(other) && held.get(other)?.some((p) => p.partition === partition),
                )
                expect(works.filter((other) => other !== id)).toEqual([])
              }
              const gone = (held.get(id) ?? []).filter(
                (p) => !told.get(id)?.partitions.some((q) => q.partition === p.partition),
              )
              if (isKeeping(id) && gone.some((p) => after[p.partition] !== id))
                expect(told.get(id)?.handsOver).toBe(true)
            }
            held = new Map(ids.map((id) => [id, [...(told.get(id)?.partitions ?? [])]]))
          }
          for (const id of ids) expect(held.get(id)).toEqual(of(after, id))
        },
      ),
    )
  })
})
