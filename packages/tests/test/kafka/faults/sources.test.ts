// Needs Java and Maven: a real Kafka is started.
import { type App, json, type SettingsInput, string } from '@stream/core'
import type { Transport } from '@stream/core/adapter'
import { type KafkaCluster, startKafkaCluster } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../exactly-once/index.ts'
import { clients, startWithinMs } from '../../../faults/index.ts'
import { failureOf, Stage } from '../../../src/cases/stage.ts'
import { Cluster } from '../../../src/cluster/index.ts'

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafkaCluster({ brokers: 1 })
}, startWithinMs)

afterAll(() => kafka.close())

const formats = { key: string(), value: json<number>() }

describe.each(clients)('a source topic, on $name', (client) => {
  let cluster: Cluster
  let transport: Transport

  beforeAll(async () => {
    const connect = () => client.connect(kafka.brokers, 'sources', 30_000)
    cluster = new Cluster({ name: 'kafka', connect })
    transport = connect()
    await transport.open({ log: () => undefined })
  })

  afterAll(async () => {
    await transport.close()
    await cluster.close()
  })

  /** An app that puts out what it has read, and writes down how far it has committed. */
  function copier(
    stage: Stage,
    settings: SettingsInput = {},
  ): { readonly app: App; readonly at: { committed: number } } {
    const at = { committed: -1 }
    const app = stage.app({
      settings: { workerId: 'w1', lagIntervalMs: 100, ...settings },
      sensors: [{ name: 'committed', onLag: ({ committedOffset }) => void (at.committed = committedOffset) }],
    })
    const out = app.topic(stage.named('out'), { ...formats, partitions: 1 })
    app
      .stream(app.topic(stage.named('in'), formats))
      .mapValues((value) => value)
      .to(out)
    return { app, at }
  }

  const copied = async (stage: Stage, count: number) =>
    (await cluster.read(stage.named('out'), count)).map(({ value }) => value)

  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => ({ key: 'k', value: from + at }))

  const values = (from: number, to: number) => numbered(from, to).map(({ value }) => value)

  /** Has read 10 records, and is down. */
  async function readTen(stage: Stage, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    await cluster.createTopic(stage.named('in'), 1, configs)
    await cluster.produce(stage.named('in'), numbered(0, 10))
    const { app } = copier(stage)
    await app.start()
    expect(await copied(stage, 10)).toEqual(values(0, 10))
    await app.stop()
    expect(await cluster.committed(stage.id, stage.named('in'))).toEqual([10])
  }

  it('that transactions write is read without what was aborted, and committed behind its last marker', async () => {
    const stage = new Stage(cluster)
    const place = { topic: stage.named('in'), partition: 0 }
    await cluster.createTopic(place.topic, 1)
    const committer = transport.committer({ transactionalId: stage.named('writer'), timeoutMs: 10_000 })
    const write = async (from: number, to: number, isRefused: boolean) => {
      const records = numbered(from, to).map(({ key, value }) => ({
        key: Buffer.from(key),
        value: Buffer.from(String(value)),
        timestamp: Date.now(),
        headers: [],
      }))
      // Nobody of that name is in the group: the transaction is aborted.
      const group = { groupId: stage.named('nobody'), memberId: 'nobody', generation: 7 }
      const offsets = isRefused ? [{ ...place, offset: 0 }] : []
      const { kind } = await committer.commit({ out: [{ ...place, records }], offsets, group })
      expect(kind === 'committed').toBe(!isRefused)
      if (isRefused) await committer.init()
    }
    await committer.init()
    await write(0, 5, false)
    await write(5, 10, true)
    await write(10, 15, false)
    const { app, at } = copier(stage)
    await app.start()
    expect(await copied(stage, 10)).toEqual([...values(0, 5), ...values(10, 15)])
    await write(15, 20, true)
    // 20 records, and a marker for each of the 4 transactions.
    await until('the position behind the last marker is committed', () => at.committed === 24)
    await app.stop()
    expect(await cluster.committed(stage.id, place.topic)).toEqual([24])
    await committer.close()
  })

  it('that was compacted is read over its holes, from a committed offset in one of them', {
    timeout: 240_000,
  }, async () => {
    const stage = new Stage(cluster)
    const compacted = {
      'cleanup.policy': 'compact',
      'segment.bytes': '1048576',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.001',
    }
    await readTen(stage, compacted)
    // The same key again: of all that was there, the last one stays. A segment is closed by what comes after it.
    await cluster.produce(stage.named('in'), numbered(10, 30))
    let sent = 30
    await until(
      'the topic has holes around the committed offset',
      async () => {
        await cluster.produce(stage.named('in'), [{ key: `other-${sent}`, value: sent++ }])
        return (await cluster.read(stage.named('in')))[0]!.offset > 15
      },
      120_000,
    )
    const left = (await cluster.read(stage.named('in'))).map(({ value }) => value)
    const { app } = copier(stage)
    await app.start()
    expect((await copied(stage, 10 + left.length)).slice(10)).toEqual(left)
    await app.stop()
  })

  it.each(['earliest', 'latest'] as const)(
    'that lost what was not read yet is read from its %s record',
    async (outOfRangeReset) => {
      const stage = new Stage(cluster)
      await readTen(stage)
      await cluster.produce(stage.named('in'), numbered(10, 30))
      await deleteBefore(stage.named('in'), 25)
      const { app } = copier(stage, { outOfRangeReset })
      await app.start()
      if (outOfRangeReset === 'earliest') {
        expect(await copied(stage, 15)).toEqual([...values(0, 10), ...values(25, 30)])
      } else {
        await until('the reset is told', () => stage.lines.some((line) => line.includes('it goes on at 30')))
        await cluster.produce(stage.named('in'), numbered(30, 35))
        expect(await copied(stage, 15)).toEqual([...values(0, 10), ...values(30, 35)])
      }
      await until('the loss is told', () => stage.lines.some((line) => line.startsWith('warn Position 10 of')))
      await app.stop()
    },
  )

  it('that lost what was not read yet fails the app unless it is told otherwise, and moves no committed offset', async () => {
    const stage = new Stage(cluster)
    await readTen(stage)
    await cluster.produce(stage.named('in'), numbered(10, 30))
    await deleteBefore(stage.named('in'), 25)
    const { app } = copier(stage)
    await app.start().catch(() => undefined)
    const failure = await failureOf(app)
    expect(failure.code).toBe('STREAM_OFFSET_OUT_OF_RANGE')
    expect(failure.message).toContain(`${stage.named('in')}-0`)
    expect(await cluster.committed(stage.id, stage.named('in'))).toEqual([10])
  })

  it('that was made anew with fewer records than were read fails the app, or is read from its start where it is told to', async () => {
    const stage = new Stage(cluster)
    await readTen(stage)
    await kafka.deleteTopic(stage.named('in'))
    await cluster.createTopic(stage.named('in'), 1)
    await cluster.produce(stage.named('in'), numbered(100, 105))
    // Brokers may forget what was committed for a topic that is deleted.
    const strict = copier(stage, { offsetReset: 'fail' }).app
    await strict.start().catch(() => undefined)
    expect((await failureOf(strict)).code).toBe('STREAM_OFFSET_OUT_OF_RANGE')
    const { app } = copier(stage, { outOfRangeReset: 'earliest' })
    await app.start()
    expect(await copied(stage, 15)).toEqual([...values(0, 10), ...values(100, 105)])
    await app.stop()
  })

  async function deleteBefore(topic: string, offset: number): Promise<void> {
    const admin = transport.admin()
    await admin.deleteRecords([{ topic, partition: 0, offset }])
    await admin.close()
  }
})
