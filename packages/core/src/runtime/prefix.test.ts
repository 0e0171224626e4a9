import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RowUser, Scope } from '../state/index.ts'
import { longestPrefix } from './prefix.ts'

/** Scopes in order of completion, each depending on some that completed before it. */
const completed = fc
  .array(fc.record({ input: fc.integer({ min: 0, max: 1 }), needs: fc.array(fc.nat(), { maxLength: 2 }) }), {
    maxLength: 30,
  })
  .chain((plans) =>
    fc.record({
      plans: fc.constant(plans),
      offsets: fc.shuffledSubarray(
        Array.from({ length: plans.length }, (_, index) => index),
        {
          minLength: plans.length,
          maxLength: plans.length,
        },
      ),
      positions: fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })),
    }),
  )

describe('longestPrefix', () => {
  it('holds everything below its positions, nothing above, and everything that it depends on', () => {
    fc.assert(
      fc.property(completed, ({ plans, offsets, positions }) => {
        const scopes = plans.map(({ input }, index) => new Scope(input, offsets[index]!))
        plans.forEach(({ needs }, index) => {
          if (index === 0 || needs.length === 0) return
          scopes[index]!.dependsOn = new Set(needs.map((need) => scopes[need % index]!))
        })
        const prefix = longestPrefix(positions, scopes)
        const included: ReadonlySet<RowUser> = new Set(prefix.included)
        expect(prefix.included.length + prefix.remaining.length).toBe(scopes.length)
        for (const scope of scopes) {
          expect(included.has(scope)).toBe(scope.offset < prefix.positions[scope.input]!)
          if (!included.has(scope)) continue
          for (const needed of scope.dependsOn ?? []) expect(included.has(needed)).toBe(true)
        }
        for (const [input, position] of prefix.positions.entries()) {
          expect(position).toBeLessThanOrEqual(positions[input]!)
        }
      }),
    )
  })

  it('is the longest: without dependencies it reaches the lowest unfinished records', () => {
    const scopes = [new Scope(0, 3), new Scope(0, 7), new Scope(1, 2)]
    const prefix = longestPrefix([5, 4], scopes)
    expect(prefix.positions).toEqual([5, 4])
    expect(prefix.included).toEqual([scopes[0], scopes[2]])
  })

  it('ends before a record that has read a row of one above', () => {
    const above = new Scope(0, 9)
    const below = new Scope(0, 4)
    below.dependsOn = new Set([above])
    expect(longestPrefix([6], [above, below]).positions).toEqual([4])
  })
})
