// Needs Java and Maven: a real Kafka is started.
import { setTimeout as delay } from 'node:timers/promises'
import type { App } from '@stream/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clients, FaultRun, type ProxiedKafka, startProxiedKafka, startWithinMs } from '../../../faults/index.ts'

let kafka: ProxiedKafka

beforeAll(async () => {
  kafka = await startProxiedKafka()
}, startWithinMs)

afterAll(() => kafka.close())

/** A worker joins or leaves every second for so long; `STREAM_FAULTS=long` for the minute. */
const seconds = process.env.STREAM_FAULTS === 'long' ? 60 : 12

describe.each(clients)('workers that join and leave every second, on $name', (client) => {
  it.concurrent.for([
    { guarantee: 'exactly_once', rebalance: 'eager', protocol: 'new' },
    { guarantee: 'exactly_once', rebalance: 'auto', protocol: 'new' },
    { guarantee: 'exactly_once', rebalance: 'auto', protocol: 'classic' },
    { guarantee: 'at_least_once', rebalance: 'auto', protocol: 'new' },
  ] as const)(
    'cost no record under $guarantee, $rebalance rebalancing, $protocol protocol of transactions',
    { timeout: 240_000 + seconds * 1_000 },
    async ({ guarantee, rebalance, protocol }, context) => {
      const run = await FaultRun.start(context, {
        client,
        direct: kafka.cluster.brokers,
        proxied: kafka.proxies[protocol].brokers,
        guarantee,
        partitions: 4,
        settings: { rebalance },
      })
      const guests: App[] = []
      await run.worker('host')
      for (let second = 0; second < seconds; second++) {
        // Up to three at a time, the oldest goes first.
        if (guests.length === 3 || (guests.length > 0 && second % 3 === 2)) await run.stop(guests.shift()!)
        else guests.push(await run.worker(`guest-${second}`))
        await delay(1_000)
      }
      await run.untilCaughtUp('after the last of them')
      expect(run.broken.filter((outcome) => outcome === 'unknown')).toEqual([])
      await run.judge()
    },
  )
})
