import { describe, expect, it } from 'vitest'
import { StreamError } from '../../src/errors/index.ts'
import { json, long, string } from '../../src/serde/index.ts'
import { buildTopology, declareTopic, repartitionTopic, resolvePartitions } from '../../src/topology/index.ts'
import { app, consumer, table, topic } from './declared.ts'

const none = { defaultPartitions: undefined }
const a = topic('a')
const b = topic('b')

function resolve(
  declared: Parameters<typeof app>,
  existing: Record<string, number>,
  defaultPartitions?: number,
): Record<string, number> {
  const topology = buildTopology(app(...declared))
  return Object.fromEntries(
    resolvePartitions(topology, new Map(Object.entries(existing)), { defaultPartitions }).counts,
  )
}

function refusal(declared: Parameters<typeof app>, existing: Record<string, number>): StreamError {
  try {
    resolve(declared, existing)
  } catch (error) {
    if (StreamError.is(error, 'STREAM_NOT_CO_PARTITIONED')) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('partition counts', () => {
  it('of what exists are taken as they are', () => {
    expect(resolve([[consumer('x', a, { outputs: [b] })]], { a: 4, b: 7 })).toEqual({ a: 4, b: 7 })
  })
  it('of internal topics follow their input', () => {
    const byX = repartitionTopic('app', 'by-x', { key: string(), value: json() })
    const declared = [consumer('w', a, { outputs: [byX] }), consumer('r', byX, { tables: [table('t')] })]
    expect(resolve([declared], { a: 4 })).toEqual({ a: 4, 'app-by-x-repartition': 4, 'app-t-changelog': 4 })
  })
  it('of a repartition topic follow what it is joined with before what fills it', () => {
    const byX = repartitionTopic('app', 'by-x', { key: string(), value: json() })
    const t = table('t')
    const declared = [
      consumer('w', a, { outputs: [byX] }),
      consumer('r', byX, { tables: [t] }),
      consumer('other', b, { tables: [t] }),
    ]
    expect(resolve([declared], { a: 4, b: 6 })['app-by-x-repartition']).toBe(6)
  })
  it('of repartition topics in a row follow the first input', () => {
    const [one, two] = ['one', 'two'].map((name) => repartitionTopic('app', name, { key: string(), value: json() }))
    const declared = [
      consumer('z', two!),
      consumer('y', one!, { outputs: [two!] }),
      consumer('x', a, { outputs: [one!] }),
    ]
    expect(resolve([declared], { a: 3 })).toEqual({ a: 3, 'app-one-repartition': 3, 'app-two-repartition': 3 })
  })
  it('of user topics to be created: what they declare, what the settings say, what they are filled from; nothing decides the rest', () => {
    const own = topic('own', { partitions: 9 })
    const declared = [consumer('x', a, { outputs: [b, own] })]
    const { counts, undecided } = resolvePartitions(buildTopology(app(declared)), new Map(), none)
    expect([Object.fromEntries(counts), undecided]).toEqual([{ a: 1, b: 1, own: 9 }, [a]])
    expect(resolve([declared], { a: 5 })).toEqual({ a: 5, b: 5, own: 9 })
    expect(resolve([declared], { a: 5 }, 2)).toEqual({ a: 5, b: 2, own: 9 })
  })
  it('of a missing source follow the source it shares a table with', () => {
    const t = table('t')
    const declared = [consumer('x', a, { tables: [t] }), consumer('y', b, { tables: [t] })]
    expect(resolve([declared], { b: 8 }, 2)).toEqual({ a: 8, b: 8, 'app-t-changelog': 8 })
  })
  it('of an app with a loop through its own topic are found', () => {
    expect(resolve([[consumer('x', a, { outputs: [b] }), consumer('y', b, { outputs: [a] })]], {})).toEqual({
      a: 1,
      b: 1,
    })
  })
})

describe('sources that share a task', () => {
  const t = table('t')
  const shared = [consumer('x', a, { tables: [t] }), consumer('y', b, { tables: [t] })]
  it('need the same count; the refusal names both', () => {
    const error = refusal([shared], { a: 4, b: 6 })
    expect(error.message).toBe(
      'handler "x", handler "y" share table "t" and read topics with different partition counts: a (4), b (6). Bring one of them to the count of the other with groupBy(name, key, { partitions }).',
    )
    expect(error.place).toMatchObject({ subTopology: 'a', topics: ['a', 'b'], partitions: [4, 6] })
  })
  it('need the same partitioner', () => {
    const crc = topic('c', { partitioner: 'crc32' })
    const error = refusal([[consumer('x', a, { tables: [t] }), consumer('y', crc, { tables: [t] })]], { a: 4, c: 4 })
    expect(error.message).toContain('different partitioners: a (murmur2), c (crc32)')
  })
  it('cannot have an unknown partitioner', () => {
    const [one, two] = ['c', 'd'].map((name) => topic(name, { partitioner: 'unknown' }))
    const declared = [consumer('x', one!, { tables: [t] }), consumer('y', two!, { tables: [t] })]
    expect(refusal([declared], { c: 4, d: 4 }).message).toContain('different partitioners: c (unknown), d (unknown)')
  })
  it('need the same key format', () => {
    const longs = declareTopic('l', { key: long() })
    const error = refusal([[consumer('x', a, { tables: [t] }), consumer('y', longs, { tables: [t] })]], { a: 4, l: 4 })
    expect(error.message).toContain('different key serdes: a (string), l (long)')
  })
  it('with equal ones are accepted', () => {
    expect(() =>
      resolvePartitions(
        buildTopology(app(shared)),
        new Map([
          ['a', 4],
          ['b', 4],
        ]),
        none,
      ),
    ).not.toThrow()
  })
  it('a table cannot declare another count than its inputs', () => {
    const wide = table('wide', { partitions: 8 })
    expect(refusal([[consumer('x', a, { tables: [wide] })]], { a: 4 }).message).toContain(
      'table "wide" declares 8 partitions, but its consumers read a with 4',
    )
  })
})
