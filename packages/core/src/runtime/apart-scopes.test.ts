import { describe, expect, it } from 'vitest'
import { Scope } from '../state/index.ts'
import { ApartScopes } from './apart-scopes.ts'
import { Outbox } from './outbox.ts'

describe('ApartScopes', () => {
  it('settles what is below the positions, keeps the rest in order of completion', () => {
    const apart = new ApartScopes()
    const scopes = [5, 3, 9, 4].map((offset) => new Scope(0, offset))
    for (const scope of scopes) apart.add(scope)
    expect(apart.settle([5], new Outbox())).toEqual([5])
    expect(apart.remaining).toEqual([scopes[0], scopes[2]])
    expect(apart.isEmpty).toBe(false)
    apart.settle([10], new Outbox())
    expect(apart.isEmpty).toBe(true)
  })

  it('a settled scope keeps none alive that it depended on, and nobody depends on it any more', () => {
    const apart = new ApartScopes()
    const [first, second, third] = [1, 2, 9].map((offset) => new Scope(0, offset)) as [Scope, Scope, Scope]
    second.dependsOn = new Set([first])
    third.dependsOn = new Set([second])
    for (const scope of [first, second, third]) apart.add(scope)
    apart.settle([5], new Outbox())
    expect(second.dependsOn).toBeUndefined()
    expect(third.dependsOn.size).toBe(0)
  })

  it('is worth looking through again only after as many as were left have come', () => {
    const apart = new ApartScopes()
    const add = (count: number): void => {
      for (let i = 0; i < count; i++) apart.add(new Scope(0, 100))
    }
    add(64)
    expect(apart.isLong).toBe(true)
    add(136)
    apart.settle([0], new Outbox())
    add(199)
    expect(apart.isLong).toBe(false)
    add(1)
    expect(apart.isLong).toBe(true)
  })
})
