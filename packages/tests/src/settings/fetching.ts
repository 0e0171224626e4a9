import type { ConsumedEvent, LagEvent } from '@stream/core'
import { StreamError, type Transport } from '@stream/core/adapter'
import { memory } from '@stream/transport-memory'
import { driven, forward, never, send, visible } from './driven.ts'
import type { Effects } from './effect.ts'

const hourMs = 3_600_000

/** What a sensor is told of batches, while an app reads what lies there already. */
async function consumed(
  settings: Parameters<typeof driven>[0],
  records: number,
  declare: Parameters<typeof driven>[1] = forward,
): Promise<readonly ConsumedEvent[]> {
  const events: ConsumedEvent[] = []
  const sensor = { name: 'consumed', onConsumed: (event: ConsumedEvent) => void events.push(event) }
  const driver = await driven(settings, declare, { options: ({ sensors }) => ({ sensors: [...sensors, sensor] }) })
  await driver.stop()
  send(driver, records)
  await driver.start()
  await driver.advance(2_000)
  return events
}

/** A transport that tells how many batches each poll of its consumers brings. */
function withPolls(transport: Transport, note: (batches: number) => void): Transport {
  const group = transport.group.bind(transport)
  transport.group = (options, listener) => {
    const consumer = group(options, listener)
    const poll = consumer.poll.bind(consumer)
    consumer.poll = async (one) => {
      const batches = await poll(one)
      note(batches.length)
      return batches
    }
    return consumer
  }
  return transport
}

/** The settings of the section "Fetching". */
export const fetching: Effects = {
  maxPollBytes: {
    values: [200, 1 << 20],
    observed: ['some', 'all'],
    // Of how many of four partitions one poll brings batches of 200 bytes, at the most.
    observe: async (maxPollBytes) => {
      let most = 0
      const driver = await driven({ maxPollBytes, maxPartitionBytes: 200 }, forward, {
        partitions: 4,
        isStarted: false,
        options: ({ transport }) => ({
          transport: withPolls(transport, (batches) => {
            most = Math.max(most, batches)
          }),
        }),
      })
      await driver.start()
      await driver.stop()
      most = 0
      send(driver, 4_000, 40)
      await driver.start()
      await driver.advance(1_000)
      return most === 4 ? 'all' : most > 0 ? 'some' : most
    },
  },
  maxPartitionBytes: {
    values: [100, 1 << 20],
    observed: [true, false],
    // Whether 1000 records come in many batches.
    observe: async (maxPartitionBytes) => (await consumed({ maxPartitionBytes }, 1_000)).length > 10,
  },
  fetchWaitMs: {
    values: [100, 5_000],
    observed: ['often', 'seldom'],
    // How often an idle app polls in 10 s.
    observe: async (fetchWaitMs) => {
      let polls = 0
      await driven({ fetchWaitMs }, forward, {
        options: ({ transport }) => ({ transport: withPolls(transport, () => void polls++) }),
      }).then((driver) => driver.advance(10_000))
      return polls > 80 ? 'often' : polls < 20 ? 'seldom' : polls
    },
  },
  bufferedBytesPerPartition: {
    values: [500, 1 << 20],
    observed: [true, false],
    // Whether an app stops fetching while its handler hangs.
    observe: async (bufferedBytesPerPartition) => {
      const settings = { bufferedBytesPerPartition, maxPartitionBytes: 200, maxPollBytes: 200 }
      const events = await consumed(settings, 2_000, (app, numbers) => {
        app.handler('h', { source: numbers, concurrency: 1 }, never)
      })
      return events.reduce((sum, { records }) => sum + records, 0) < 2_000
    },
  },
  offsetReset: {
    values: ['earliest', 'latest'],
    observed: [3, 0],
    observe: async (offsetReset) => {
      const driver = await driven({ offsetReset }, forward, { isStarted: false })
      driver.createTopic('numbers', { partitions: 1 })
      const input = driver.input('numbers')
      for (let n = 0; n < 3; n++) input.send(Buffer.from('k'), Buffer.from(`${n}`))
      await driver.start()
      await driver.advance(1_000)
      return visible(driver)
    },
  },
  outOfRangeReset: {
    values: ['fail', 'earliest'],
    observed: ['STREAM_OFFSET_OUT_OF_RANGE', 'reads on'],
    // What becomes of an app whose input lost records while it was down.
    observe: async (outOfRangeReset) => {
      const driver = await driven({ outOfRangeReset }, forward)
      send(driver, 3)
      await driver.advance(1_000)
      await driver.stop()
      send(driver, 3)
      const transport = memory({ log: driver.log })
      await transport.open({ log: () => undefined })
      await transport.admin().deleteRecords([{ topic: 'numbers', partition: 0, offset: 5 }])
      await transport.close()
      try {
        await driver.start()
        await driver.advance(1_000)
      } catch (error) {
        return StreamError.is(error) ? error.code : error
      }
      return visible(driver) === 4 ? 'reads on' : 'lost more'
    },
  },
  lagIntervalMs: {
    values: [1_000, hourMs],
    observed: [true, false],
    // Whether sensors were told of lag within 10 s.
    observe: async (lagIntervalMs) => {
      let readings = 0
      const sensor = { name: 'lag', onLag: (_: LagEvent) => void readings++ }
      const driver = await driven({ lagIntervalMs }, forward, {
        options: ({ sensors }) => ({ sensors: [...sensors, sensor] }),
      })
      await driver.advance(10_000)
      return readings >= 9
    },
  },
}
