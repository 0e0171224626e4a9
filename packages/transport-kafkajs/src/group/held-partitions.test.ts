import type { GroupHandle } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { HeldPartitions } from './held-partitions.ts'

const handle = (generation: number, memberId = 'm'): GroupHandle => ({ groupId: 'g', memberId, generation })
const places = (...partitions: number[]) => partitions.map((partition) => ({ topic: 't', partition }))

/** A member that has owned 0 and 1 since generation 1. */
function owner(): HeldPartitions {
  const held = new HeldPartitions()
  expect(held.joined(handle(1))).toBe(true)
  expect(held.take(places(0, 1), 1)).toEqual(places(0, 1))
  return held
}

describe('what a member holds', () => {
  it('is worked on under the newest generation while it stays', () => {
    const held = owner()
    expect(held.joined(handle(2))).toBe(true)
    expect(held.shown(handle(1), places(0, 1))).toEqual(handle(2))
    expect(held.take(places(0, 1, 2), 2)).toEqual(places(2))
    expect(held.shown(handle(1), places(1))).toEqual(handle(2))
  })

  it('is worked on under no newer generation than it was had in', () => {
    const held = owner()
    held.joined(handle(2))
    held.take(places(0, 1, 2), 2)
    expect(held.shown(handle(1), places(0, 2))).toEqual(handle(1))
    held.drop(places(0))
    expect(held.shown(handle(1), places(0))).toEqual(handle(1))
    held.joined(handle(3))
    held.take(places(0, 1, 2), 3)
    expect(held.shown(handle(1), places(0))).toEqual(handle(1))
    expect(held.shown(handle(1), places(1))).toEqual(handle(3))
  })

  it("lends its generation to no other member's handle", () => {
    const held = owner()
    held.joined(handle(2))
    expect(held.shown(handle(1, 'other'), places(0))).toEqual(handle(1, 'other'))
  })

  it("may have been somebody else's where a generation went by without the member", () => {
    expect(owner().joined(handle(3))).toBe(false)
    expect(owner().joined(handle(2, 'renamed'))).toBe(false)
    expect(owner().joined(handle(1))).toBe(true)
    const known = owner()
    known.forget()
    expect(known.shown(handle(1), places(0))).toEqual(handle(1))
  })
})
