import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamError } from '../../src/errors/index.ts'
import { json, long, string } from '../../src/serde/index.ts'
import {
  type AppDeclarations,
  buildTopology,
  declareChannel,
  declareTopic,
  repartitionTopic,
} from '../../src/topology/index.ts'
import { app, consumer, table, topic } from './declared.ts'

function failureOf(declarations: AppDeclarations): StreamError {
  try {
    buildTopology(declarations)
  } catch (error) {
    if (StreamError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const a = topic('a')
const b = topic('b')
const c = topic('c')

describe('sub-topologies', () => {
  it('are made of what shares a source, a table or a channel, and named after the first source', () => {
    const counts = table('counts')
    const channel = declareChannel('inner')
    const topology = buildTopology(
      app([
        consumer('reads-b', b, { tables: [counts] }),
        consumer('reads-a', a, { tables: [counts] }),
        consumer('also-a', a),
        consumer('reads-c', c, { outputs: [channel, a] }),
        consumer('inner', channel),
      ]),
    )
    expect(
      topology.subTopologies.map(({ id, consumers, sources }) => [
        id,
        sources.map(({ name }) => name),
        consumers.map(({ name }) => name),
      ]),
    ).toEqual([
      ['a', ['a', 'b'], ['reads-b', 'reads-a', 'also-a']],
      ['c', ['c'], ['reads-c', 'inner']],
    ])
    expect(topology.subTopologies.map(({ tables, channels }) => [tables, channels])).toEqual([
      [[counts], []],
      [[], [channel]],
    ])
  })
  it('put every consumer in exactly one, never share a source or a table, and do not depend on the order of declaration', () => {
    const tables = [table('t0'), table('t1'), table('t2')]
    const topics = [0, 1, 2, 3, 4, 5].map((n) => topic(`in-${n}`))
    const one = fc.record({ source: fc.nat(5), tables: fc.uniqueArray(fc.nat(2)) })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (shapes, order) => {
        const consumers = shapes.map((shape, n) =>
          consumer(`c${n}`, topics[shape.source]!, { tables: shape.tables.map((t) => tables[t]!) }),
        )
        const shapeOf = (declared: typeof consumers): unknown =>
          buildTopology(app(declared)).subTopologies.map((sub) => ({
            id: sub.id,
            sources: sub.sources.map(({ name }) => name),
            tables: sub.tables.map(({ name }) => name).sort(),
            consumers: sub.consumers.map(({ name }) => name).sort(),
          }))
        const { subTopologies } = buildTopology(app(consumers))
        for (const part of ['consumers', 'sources', 'tables'] as const) {
          const names = subTopologies.flatMap((sub) => sub[part].map(({ name }) => name))
          expect(new Set(names).size).toBe(names.length)
        }
        expect(subTopologies.flatMap((sub) => sub.consumers)).toHaveLength(consumers.length)
        const shuffled = consumers
          .map((declared) => ({ declared, at: order.next().value as number }))
          .sort((x, y) => x.at - y.at)
          .map(({ declared }) => declared)
        expect(shapeOf(shuffled)).toEqual(shapeOf(consumers))
      }),
    )
  })
})

describe('topics of a topology', () => {
  it('are the declared ones, and the internal ones that follow from the rest', () => {
    const own = declareTopic('own-dead')
    const repartition = repartitionTopic('app', 'by-x', { key: string(), value: json() })
    const topology = buildTopology(
      app([
        consumer('writer', a, { outputs: [repartition], onError: { kind: 'dead-letter' } }),
        consumer('reader', repartition, {
          tables: [table('counts')],
          onError: {
            kind: 'retry',
            attempts: 2,
            backoffMs: 1,
            maxBackoffMs: 1,
            then: { kind: 'dead-letter', topic: own },
          },
        }),
      ]),
    )
    expect(topology.topics.map(({ name, role }) => [name, role])).toEqual([
      ['a', 'user'],
      ['app-by-x-repartition', 'repartition'],
      ['app-dead-letter', 'dead-letter'],
      ['own-dead', 'user'],
      ['app-counts-changelog', 'changelog'],
    ])
  })
  it('that are never trimmed by age are the repartition topics; changelogs are compacted', () => {
    const repartition = repartitionTopic('app', 'by-x', { key: string(), value: json() })
    expect(repartition.configs).toEqual({ 'cleanup.policy': 'delete', 'retention.ms': '-1' })
    expect(table('counts').changelog.configs).toEqual({ 'cleanup.policy': 'compact' })
  })
})

describe('wrong declarations', () => {
  it('are all listed in one error', () => {
    const error = failureOf(
      app([consumer('one', topic('bad name!')), consumer('one', b, { concurrency: 0 })], {
        tables: [table('counts'), table('counts')],
      }),
    )
    expect(error.code).toBe('STREAM_TOPOLOGY_INVALID')
    expect(error.message).toBe(
      [
        'app app has 6 wrong declarations:',
        '- topic "bad name!": the name may hold only letters, digits, ".", "_" and "-"',
        '- two consumers are named "one"; give each a name of its own',
        '- two tables are named "counts"; give each a name of its own',
        '- handler "one": concurrency is 0; it must be an integer of at least 1',
        '- table "counts" belongs to no agent or handler; list it in the tables of one, or remove it',
        '- table "counts" belongs to no agent or handler; list it in the tables of one, or remove it',
      ].join('\n'),
    )
  })
  it.each([
    ['', 'must not be empty'],
    ['..', 'must not be "." or ".."'],
    ['x'.repeat(250), 'has 250 characters; Kafka takes 249'],
    ['a/b', 'may hold only letters, digits, ".", "_" and "-"'],
    [undefined as unknown as string, 'must be a string, not undefined'],
  ])('the topic name %j is refused', (name, why) => {
    const error = failureOf(app([consumer('one', topic(name))]))
    expect(error.code).toBe('STREAM_DECLARATION_INVALID')
    expect(error.message).toContain(why)
  })
  it.each<[string, AppDeclarations, string, string]>([
    [
      'a topic declared twice with different serdes',
      app([consumer('one', a), consumer('two', topic('a', { value: string() }))]),
      'STREAM_DECLARATION_INVALID',
      'topic "a" is declared twice, with different value serdes (json and string); declare it once and share it',
    ],
    [
      'an id that begins no topic name',
      app([consumer('one', a)], { appId: 'my app' }),
      'STREAM_DECLARATION_INVALID',
      'the app\'s id "my app" may hold only letters',
    ],
    [
      'a partition count that is none',
      app([consumer('one', topic('x', { partitions: 1.5 }))]),
      'STREAM_DECLARATION_INVALID',
      'topic "x": partitions is 1.5; it must be an integer of at least 1',
    ],
    [
      'something that is no serde',
      app([consumer('one', topic('x', { value: json as never }))]),
      'STREAM_DECLARATION_INVALID',
      'topic "x": its value is not a serde; call one, as in value: json()',
    ],
    [
      'an error policy that was not called',
      app([consumer('one', a, { onError: (() => undefined) as never })]),
      'STREAM_DECLARATION_INVALID',
      'handler "one": onError is not an error policy; call one of stop(), skip(), retry(), deadLetter()',
    ],
    [
      'an app with nothing to run',
      app([], { topics: [a] }),
      'STREAM_TOPOLOGY_INVALID',
      'app app: there is nothing to run; declare an agent, a handler, or a stream that ends in something',
    ],
    [
      'a channel named as a topic is',
      app([consumer('one', a, { outputs: [declareChannel('a')] }), consumer('two', declareChannel('a'))]),
      'STREAM_DECLARATION_INVALID',
      'a channel and a topic are both named "a"; rename the channel',
    ],
    [
      'an output that was not declared',
      app([consumer('one', a, { outputs: [b] })], { topics: [a] }),
      'STREAM_TOPOLOGY_INVALID',
      'handler "one" sends to topic "b", which this app does not declare; make it with app.topic()',
    ],
    [
      'a source that was not declared',
      app([consumer('one', a)], { topics: [] }),
      'STREAM_TOPOLOGY_INVALID',
      'handler "one" reads topic "a", which this app does not declare; make it with app.topic()',
    ],
    [
      'a table that was not declared',
      app([consumer('one', a, { tables: [table('t')] })], { tables: [] }),
      'STREAM_TOPOLOGY_INVALID',
      'handler "one" uses table "t", which this app does not declare; make it with app.table()',
    ],
    [
      'a channel that nobody reads',
      app([consumer('one', a, { outputs: [declareChannel('c')] })]),
      'STREAM_TOPOLOGY_INVALID',
      'channel "c" has no reader; give it to an agent or a handler as its source',
    ],
    [
      'a problem found by the maker of a declaration',
      app([consumer('one', a)], { problems: [{ kind: 'topology', message: 'stream x leads nowhere' }] }),
      'STREAM_TOPOLOGY_INVALID',
      'app app: stream x leads nowhere',
    ],
  ])('%s', (_what, declarations, code, sentence) => {
    const error = failureOf(declarations)
    expect(error.code).toBe(code)
    expect(error.message).toContain(sentence)
  })
  it('channels that only feed each other, or that nobody feeds, never get a record', () => {
    const [x, y, z] = ['x', 'y', 'z'].map((name) => declareChannel(name)) as [never, never, never]
    const error = failureOf(
      app([consumer('on-x', x, { outputs: [y] }), consumer('on-y', y, { outputs: [x] }), consumer('on-z', z)]),
    )
    expect(error.message).toContain(
      'handler "on-x" and handler "on-y" only send to each other; none of them reads a topic',
    )
    expect(error.message).toContain('channel "z" has no sender; list it in the outputs of an agent or a handler')
  })
  it('the same topic declared twice in the same way is one topic', () => {
    const twice = app([consumer('one', topic('a')), consumer('two', topic('a'))])
    expect(buildTopology(twice).topics.map(({ name }) => name)).toEqual(['a'])
    expect(buildTopology(twice).subTopologies[0]!.sources).toHaveLength(1)
  })
  it('a user topic that takes the place of an internal one is refused', () => {
    const error = failureOf(
      app([consumer('one', a, { tables: [table('t')] }), consumer('two', declareTopic('app-t-changelog'))]),
    )
    expect(error.message).toContain(
      'topic "app-t-changelog" is declared twice, with different roles (user and changelog)',
    )
  })
  it('keys of other formats are not compared before partitions are', () => {
    const counts = table('counts')
    const longs = declareTopic('longs', { key: long() })
    expect(() =>
      buildTopology(app([consumer('x', a, { tables: [counts] }), consumer('y', longs, { tables: [counts] })])),
    ).not.toThrow()
  })
})
