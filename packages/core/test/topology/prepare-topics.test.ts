import { describe, expect, it } from 'vitest'
import { buildTopology, prepareTopics } from '../../src/topology/index.ts'
import { app, consumer, table, topic } from './declared.ts'
import { MemoryAdmin } from './memory-admin.ts'

const settings = { createTopics: true, defaultPartitions: undefined, replicationFactor: -1 }
const configs = { describeConfigs: true }
const a = topic('a', { configs: { 'retention.ms': '-1' } })
const topology = buildTopology(app([consumer('x', a, { tables: [table('t')], outputs: [topic('out')] })]))

describe('prepareTopics', () => {
  it('creates what is missing, with the declared configs and no others', async () => {
    const admin = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    const prepared = await prepareTopics(admin, topology, settings, configs)
    expect(admin.created).toEqual([
      { name: 'out', partitions: 4, replicationFactor: -1, configs: {} },
      { name: 'app-t-changelog', partitions: 4, replicationFactor: -1, configs: { 'cleanup.policy': 'compact' } },
    ])
    expect([...prepared.partitions]).toEqual([
      ['a', 4],
      ['out', 4],
      ['app-t-changelog', 4],
    ])
    expect(prepared.maxMessageBytes.get('app-t-changelog')).toBe(1_048_588)
  })
  it('takes the default of the broker where nothing else decides, for all that follows from it', async () => {
    const admin = new MemoryAdmin(6)
    const { partitions } = await prepareTopics(admin, topology, settings, configs)
    expect(Object.fromEntries(partitions)).toEqual({ a: 6, out: 6, 'app-t-changelog': 6 })
    expect(admin.created.map((spec) => [spec.name, spec.partitions])).toEqual([
      ['a', -1],
      ['out', 6],
      ['app-t-changelog', 6],
    ])
  })
  it('asks before it creates the first topic, with the counts of those that exist, and creates nothing where it is refused', async () => {
    const admin = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    const asked: ReadonlyMap<string, number>[] = []
    const refuse = (existing: ReadonlyMap<string, number>): Promise<never> => {
      asked.push(existing)
      return Promise.reject(new Error('refused'))
    }
    await expect(prepareTopics(admin, topology, settings, configs, refuse)).rejects.toThrow('refused')
    expect(asked).toEqual([new Map([['a', 4]])])
    expect(admin.created).toEqual([])
  })
  it('creates nothing where all exist', async () => {
    const admin = new MemoryAdmin().add('a', 2, { 'retention.ms': '-1' }).add('out', 9)
    admin.add('app-t-changelog', 2, { 'cleanup.policy': 'compact' })
    const prepared = await prepareTopics(admin, topology, settings, configs)
    expect(admin.created).toEqual([])
    expect(prepared.partitions.get('out')).toBe(9)
  })
  it('names what is missing, and how it must be, where it may not create', async () => {
    const admin = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    await expect(prepareTopics(admin, topology, { ...settings, createTopics: false }, configs)).rejects.toMatchObject({
      code: 'STREAM_TOPIC_MISSING',
      message:
        'app app needs topics that do not exist: out (4 partitions), app-t-changelog (4 partitions, cleanup.policy=compact). Create them, or set `createTopics` to true.',
      place: { topic: 'out', topics: ['out', 'app-t-changelog'] },
    })
    expect(admin.created).toEqual([])
  })
  it('prints every difference to what exists, and alters nothing', async () => {
    const declared = topic('a', { partitions: 4, configs: { 'retention.ms': '-1' } })
    const wrong = buildTopology(app([consumer('x', declared, { tables: [table('t')] })]))
    const admin = new MemoryAdmin().add('a', 6, { 'retention.ms': '1000' }).add('app-t-changelog', 3)
    await expect(prepareTopics(admin, wrong, settings, configs)).rejects.toMatchObject({
      code: 'STREAM_TOPIC_MISMATCH',
      message: [
        'topics of app app exist, but not as it declares them:',
        '- a: has 6 partitions, declared are 4',
        '- a: has retention.ms=1000, declared is retention.ms=-1',
        '- app-t-changelog: has 3 partitions, declared are 6',
        '- app-t-changelog: has cleanup.policy=delete, declared is cleanup.policy=compact',
        "Existing topics are never altered: change the declaration, or the topic with Kafka's own tools.",
      ].join('\n'),
      place: { topics: ['a', 'app-t-changelog'] },
    })
    expect(admin.created).toEqual([])
  })
  it('does not compare configs that the transport cannot describe', async () => {
    const admin = new MemoryAdmin().add('a', 1, { 'retention.ms': '1' }).add('out', 1).add('app-t-changelog', 1)
    await expect(prepareTopics(admin, topology, settings, { describeConfigs: false })).resolves.toBeDefined()
  })
  it('takes lists in configs in any order', async () => {
    const both = topic('both', { configs: { 'cleanup.policy': 'delete,compact' } })
    const admin = new MemoryAdmin().add('both', 1, { 'cleanup.policy': 'compact,delete' })
    await expect(
      prepareTopics(admin, buildTopology(app([consumer('x', both)])), settings, configs),
    ).resolves.toBeDefined()
  })
  it('sees what another worker created meanwhile, and refuses it where it does not fit', async () => {
    const admin = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    admin.beforeCreate = () => void admin.add('out', 12)
    expect((await prepareTopics(admin, topology, settings, configs)).partitions.get('out')).toBe(12)
    const other = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    other.beforeCreate = () => void other.add('app-t-changelog', 12, { 'cleanup.policy': 'compact' })
    await expect(prepareTopics(other, topology, settings, configs)).rejects.toMatchObject({
      code: 'STREAM_TOPIC_MISMATCH',
    })
  })
  it('says so where a topic is missing still after it was created', async () => {
    const admin = new MemoryAdmin().add('a', 4, { 'retention.ms': '-1' })
    admin.createTopics = async () => undefined
    await expect(prepareTopics(admin, topology, settings, configs)).rejects.toMatchObject({
      code: 'STREAM_TOPIC_MISSING',
      message: expect.stringContaining('still does not know them; look at its log'),
    })
  })
})
