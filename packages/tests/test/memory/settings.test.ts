import { json, type ProducedEvent, string } from '@stream/core'
import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { failureOf, reached, Stage } from '../../src/cases/stage.ts'
import { keysOf, MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const [key] = keysOf(0, 1, 1) as [string]

async function staged(): Promise<{ readonly stage: Stage; readonly cluster: MemoryCluster }> {
  const cluster = new MemoryCluster({ defaultPartitions: 1 })
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  return { stage, cluster }
}

function numbers(count: number): { readonly key: string; readonly value: number }[] {
  return Array.from({ length: count }, (_, value) => ({ key, value }))
}

describe('bufferedBytesPerPartition', () => {
  it('a partition that was paused when its cut failed goes on after the return to the checkpoint', async () => {
    const { stage, cluster } = await staged()
    const app = stage.app({ settings: { bufferedBytesPerPartition: 1, maxPartitionBytes: 100 } })
    const out = app.topic(stage.named('out'), formats)
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let isFirstLife = true
    app.handler(
      'copy',
      { source: app.topic(stage.named('in'), formats), outputs: [out], concurrency: 1 },
      async (value, event) => {
        if (value === 3 && isFirstLife) await released
        event.send(out, { key: event.key, value })
      },
    )
    const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'away', retryable: true })
    const fault = cluster.log.faults.at('commit:before-end', { kind: 'fail', error: away })
    app.on('error', () => {
      isFirstLife = false
    })
    for (let i = 0; i < 20; i++) await cluster.produce(stage.named('in'), [{ key, value: i }])
    await app.start()
    expect((await cluster.read(stage.named('out'), 20)).map(({ value }) => value)).toEqual(
      numbers(20).map(({ value }) => value),
    )
    expect(fault.hits).toBe(1)
    release()
  })
})

describe('offsetReset', () => {
  const scene = async (offsetReset: 'earliest' | 'latest' | 'fail', outOfRangeReset?: 'earliest') => {
    const { stage, cluster } = await staged()
    const worker = () => {
      const app = stage.app({
        settings: { offsetReset, ...(outOfRangeReset === undefined ? {} : { outOfRangeReset }) },
      })
      const out = app.topic(stage.named('out'), formats)
      app.stream(app.topic(stage.named('in'), formats)).to(out)
      return app
    }
    return { stage, cluster, worker }
  }

  /** Commits offset 2 and removes everything below 5 of 8. */
  const outrun = async (stage: Stage, cluster: MemoryCluster, before: ReturnType<Stage['app']>) => {
    await cluster.produce(stage.named('in'), numbers(2))
    await before.start()
    await cluster.read(stage.named('out'), 2)
    await before.stop()
    await cluster.produce(stage.named('in'), numbers(6))
    const transport = cluster.connect()
    await transport.open({ log: () => undefined })
    await transport.admin().deleteRecords([{ topic: stage.named('in'), partition: 0, offset: 5 }])
    await transport.close()
  }

  it('does not cover what was lost: a committed offset that the log no longer holds ends the app, and stays', async () => {
    const { stage, cluster, worker } = await scene('earliest')
    await outrun(stage, cluster, worker())
    const app = worker()
    const failed = failureOf(app)
    await app.start()
    expect(await failed).toMatchObject({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining(`Position 2 of ${stage.named('in')}-0 is outside of the log`),
    })
    expect(cluster.log.committedOffset(stage.id, stage.named('in'), 0)).toBe(2)
  })

  it('where outOfRangeReset is "earliest", such a partition goes on at the first record that is left', async () => {
    const { stage, cluster, worker } = await scene('earliest', 'earliest')
    await outrun(stage, cluster, worker())
    await worker().start()
    expect((await cluster.read(stage.named('out'), 5)).map(({ value }) => value)).toEqual([0, 1, 3, 4, 5])
    expect(stage.lines.some((line) => line.startsWith('warn') && line.includes('2'))).toBe(true)
  })

  it('latest: goes on behind what is there', async () => {
    const { stage, cluster, worker } = await scene('latest')
    const app = worker()
    await cluster.produce(stage.named('in'), numbers(3))
    await app.start()
    await reached(app, 'running')
    await cluster.produce(stage.named('in'), [{ key, value: 9 }])
    expect((await cluster.read(stage.named('out'), 1)).map(({ value }) => value)).toEqual([9])
  })

  it('fail: says which partition has no offset', async () => {
    const { stage, cluster, worker } = await scene('fail')
    const app = worker()
    await cluster.produce(stage.named('in'), numbers(3))
    const failed = failureOf(app)
    await app.start().catch(() => undefined)
    expect(await failed).toMatchObject({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining(`no committed offset for ${stage.named('in')}-0, and offsetReset is "fail"`),
    })
  })
})

describe.each(['exactly_once', 'at_least_once'] as const)('sensors, under %s,', (guarantee) => {
  it('hear of every record that was produced, and of every row', async () => {
    const { stage, cluster } = await staged()
    const produced: ProducedEvent[] = []
    const app = stage.app({ guarantee, sensors: [{ name: 's', onProduced: (event) => void produced.push(event) }] })
    const out = app.topic(stage.named('out'), formats)
    const counts = app.table('counts', { ...formats, default: () => 0 })
    app.handler(
      'count',
      { source: app.topic(stage.named('in'), formats), outputs: [out], tables: { counts } },
      async (_, event, tables) => {
        event.send(out, { key: event.key, value: await tables.counts.update(event.key, (count) => count + 1) })
      },
    )
    await cluster.produce(stage.named('in'), numbers(10))
    await app.start()
    await cluster.read(stage.named('out'), 10)
    await app.stop()
    const sum = (purpose: ProducedEvent['purpose']): number =>
      produced.filter((event) => event.purpose === purpose).reduce((records, event) => records + event.records, 0)
    expect(sum('output')).toBe(10)
    expect(sum('changelog')).toBe((await cluster.read(`${stage.id}-counts-changelog`)).length)
  })
})

describe('maxStagedBytes', () => {
  it('cuts before the interval is over', async () => {
    const { stage, cluster } = await staged()
    const app = stage.app({
      settings: { maxStagedBytes: 1_024, commitIntervalMs: 3_600_000, progressTimeoutMs: 7_200_000 },
    })
    const out = app.topic(stage.named('out'), { key: string(), value: string() })
    app.handler('pad', { source: app.topic(stage.named('in'), formats), outputs: [out] }, (_, event) => {
      event.send(out, { key: event.key, value: 'x'.repeat(300) })
    })
    await cluster.produce(stage.named('in'), numbers(40))
    await app.start()
    expect((await cluster.read(stage.named('out'), 30)).length).toBeGreaterThanOrEqual(30)
  })
})
