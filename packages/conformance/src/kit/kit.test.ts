import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { assertKnownOptions, assertSameBytes, below, bytes, forSeeds, hex, refuses, seededRandom } from './index.ts'

const closed = new StreamError({ code: 'STREAM_CLOSED', message: 'The store is closed: open a new one.' })

describe('refuses', () => {
  it('takes a rejection and a throw of the right code alike', async () => {
    expect(await refuses('STREAM_CLOSED', 'it', () => Promise.reject(closed))).toBe(closed)
    const thrown = await refuses('STREAM_CLOSED', 'it', () => {
      throw closed
    })
    expect(thrown).toBe(closed)
  })

  it('fails where the call succeeds, also with undefined', async () => {
    await expect(refuses('STREAM_CLOSED', 'it', () => undefined)).rejects.toThrow(
      'it must be refused with STREAM_CLOSED',
    )
  })

  it('fails for another code, another class and undefined', async () => {
    await expect(refuses('STREAM_FENCED', 'it', () => Promise.reject(closed))).rejects.toThrow('not with STREAM_CLOSED')
    await expect(refuses('STREAM_CLOSED', 'it', () => Promise.reject(new Error('gone')))).rejects.toThrow(
      'not with: gone',
    )
    await expect(refuses('STREAM_CLOSED', 'it', () => Promise.reject())).rejects.toThrow('undefined was thrown')
  })

  it('fails for a message that says nothing', async () => {
    const mute = new StreamError({ code: 'STREAM_CLOSED', message: 'closed' })
    await expect(refuses('STREAM_CLOSED', 'it', () => Promise.reject(mute))).rejects.toThrow('what to do')
  })
})

describe('assertSameBytes', () => {
  it('keeps null, nothing and empty apart', () => {
    const values = [null, undefined, new Uint8Array(), bytes('0')]
    for (const [i, actual] of values.entries()) {
      for (const [j, expected] of values.entries()) {
        const check = (): void => assertSameBytes(actual, expected, 'the value')
        if (i === j) check()
        else expect(check).toThrow('the value must be')
      }
    }
  })

  it('compares content, whatever buffer holds it', () => {
    assertSameBytes(Buffer.from('..key').subarray(2), bytes('key'), 'the key')
    expect(hex(Buffer.from('..key').subarray(2))).toBe('0x6b6579')
  })
})

describe('seeds', () => {
  it('replay the same numbers, and other seeds others', () => {
    const numbers = (seed: number): number[] => {
      const random = seededRandom(seed)
      return Array.from({ length: 20 }, () => below(random, 1000))
    }
    expect(numbers(7)).toEqual(numbers(7))
    expect(numbers(7)).not.toEqual(numbers(8))
    expect(numbers(7).every((number) => number >= 0 && number < 1000)).toBe(true)
  })

  it('are named by the failure they caused', async () => {
    let runs = 0
    const failing = forSeeds(40, 10, async () => {
      if (++runs === 3) throw new Error('wrong order')
    })
    await expect(failing).rejects.toThrow('failed with seed 42 (replay it with the option seed: 42): wrong order')
  })
})

describe('assertKnownOptions', () => {
  it('names what it does not know, and what it knows', () => {
    expect(() => assertKnownOptions('storeConformance', { name: 'x', skip: [] }, ['name', 'open'])).toThrow(
      /no option skip: it takes name, open/,
    )
  })
})
