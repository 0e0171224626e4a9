import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodedCache } from '../../src/state/decoded-cache.ts'

describe('DecodedCache', () => {
  it('never answers with a value that is not the latest one, and holds no more than its bound', () => {
    const id = fc.integer({ min: 0, max: 12 })
    const size = fc.integer({ min: 1, max: 600 })
    const step = fc.record({
      kind: fc.constantFrom('get' as const, 'delete' as const, 'set' as const, 'refresh' as const),
      id,
      size,
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cache = new DecodedCache(640)
        const latest = new Map<number, { value: number; size: number }>()
        for (const [at, taken] of steps.entries()) {
          if (taken.kind === 'get') {
            const found = cache.get(taken.id)
            if (found !== undefined) expect(found).toBe(latest.get(taken.id)?.value)
          } else if (taken.kind === 'delete') {
            cache.delete(taken.id)
            latest.delete(taken.id)
          } else {
            const wasThere = cache.has(taken.id)
            cache[taken.kind](taken.id, at, taken.size)
            latest.set(taken.id, { value: at, size: taken.size })
            expect(cache.has(taken.id)).toBe(taken.kind === 'set' || wasThere)
          }
          let held = 0
          for (const [key, { size }] of latest) if (cache.has(key)) held += size
          expect(held).toBeLessThanOrEqual(640)
        }
      }),
    )
  })

  it('keeps what is used, and lets go of what is not', () => {
    const cache = new DecodedCache(640)
    cache.set('used', 'value', 10)
    cache.set('unused', 'value', 10)
    for (let n = 0; n < 50; n++) {
      cache.set(n, 'value', 10)
      expect(cache.get('used')).toBe('value')
    }
    expect(cache.has('unused')).toBe(false)
  })

  it('keeps what is written over and over', () => {
    const cache = new DecodedCache(640)
    cache.set('hot', 0, 10)
    for (let n = 1; n < 50; n++) {
      cache.set(n, 'value', 10)
      cache.refresh('hot', n, 10 + (n % 3) * 64)
      expect(cache.get('hot')).toBe(n)
    }
  })
})
