import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import { describePartitioner, type Partitioner, partitionOf, partitionOfKey, samePartitioner } from './partitioner.ts'
import { RoundRobin } from './round-robin.ts'

const key = new Uint8Array([1, 2, 3])

describe('partitionOf', () => {
  it('gives a partition of the topic for every key and count', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom<Partitioner>('murmur2', 'crc32', 'unknown'),
        (bytes, count, partitioner) => {
          const partition = partitionOfKey(partitioner, bytes, count)
          expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true)
          expect(partitionOfKey(partitioner, Buffer.from(bytes), count)).toBe(partition)
        },
      ),
    )
  })
  it('spreads null keys in turn, from the counter it is given', () => {
    const nullKeys = new RoundRobin(2)
    expect([1, 2, 3, 4, 5].map(() => partitionOf('murmur2', null, 3, nullKeys))).toEqual([2, 0, 1, 2, 0])
    const others = new RoundRobin()
    expect([1, 2, 3].map(() => partitionOf(() => 7, null, 2, others))).toEqual([0, 1, 0])
  })
  it('does not count keys as turns', () => {
    const nullKeys = new RoundRobin()
    partitionOf('murmur2', key, 3, nullKeys)
    expect(partitionOf('murmur2', null, 3, nullKeys)).toBe(0)
  })
  it('asks a partition function', () => {
    const byFirstByte = (bytes: Uint8Array, count: number): number => bytes[0]! % count
    expect(partitionOf(byFirstByte, new Uint8Array([7]), 5, new RoundRobin())).toBe(2)
  })
  it.each([-1, 4, 0.5, Number.NaN, undefined])('refuses %s from a partition function, naming it', (answer) => {
    const byRegion = (): number => answer as number
    const failure = (): number => partitionOfKey(byRegion, key, 4)
    expect(failure).toThrow(StreamError)
    expect(failure).toThrow(`partition function byRegion answered ${answer}; it must give an integer from 0 to 3`)
  })
})

describe('samePartitioner', () => {
  it('holds for equal ones, and never for unknown', () => {
    const mine = (): number => 0
    expect(samePartitioner('murmur2', 'murmur2')).toBe(true)
    expect(samePartitioner('murmur2', 'crc32')).toBe(false)
    expect(samePartitioner(mine, mine)).toBe(true)
    expect(samePartitioner(mine, () => 0)).toBe(false)
    expect(samePartitioner('unknown', 'unknown')).toBe(false)
  })
  it('is described by name', () => {
    expect(describePartitioner('crc32')).toBe('crc32')
    expect(describePartitioner(() => 0)).toBe('partition function')
  })
})
