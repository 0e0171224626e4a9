import { json, string } from '@stream/core'
import { StreamError, type Transport } from '@stream/core/adapter'
import type { FaultAction, Seam } from '@stream/transport-memory'
import { expect, it } from 'vitest'
import { Stage } from '../../src/cases/stage.ts'
import { MemoryCluster } from '../../src/cluster/index.ts'

const formats = { key: string(), value: json<number>() }
const away = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'the broker is away', retryable: true })

/** An app that is stopped as soon as its start has met something; nothing but the stop ends the wait. */
async function stoppedAt(stage: Stage, met: Promise<void>, transport: Transport): Promise<void> {
  const app = stage.app({ transport, settings: { taskTimeoutMs: 3_600_000, drainTimeoutMs: 3_600_000 } })
  app.handler('h', { source: app.topic(stage.named('in'), formats) }, () => undefined)
  const starting = app.start()
  const told = expect(starting).rejects.toMatchObject({
    code: 'STREAM_CLOSED',
    message: `app ${stage.id} was stopped while it started; everything is closed, make a new App to run it again`,
  })
  await met
  await app.stop()
  expect(app.state).toBe('stopped')
  await told
}

it.each<readonly [string, Seam, FaultAction]>([
  ['while its transactional id is taken over again and again', 'init:before', { kind: 'fail', error: away }],
  ['while the takeover of its transactional id is not answered', 'init:before', { kind: 'hold' }],
  ['while its topics are looked up', 'admin', { kind: 'hold' }],
])('an app is stopped at once %s', async (_, seam, action) => {
  const cluster = new MemoryCluster()
  const stage = new Stage(cluster)
  await cluster.createTopic(stage.named('in'), 1)
  let meet: () => void = () => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const when = (): boolean => {
    meet()
    return true
  }
  const fault = cluster.log.faults.at(seam, action, { times: Number.POSITIVE_INFINITY, when })
  await stoppedAt(stage, met, cluster.connect())
  expect(fault.hits).toBeGreaterThan(0)
  fault.remove()
})

it('an app is stopped at once while its transport opens, which is closed all the same', async () => {
  const cluster = new MemoryCluster()
  const stage = new Stage(cluster)
  const closed: string[] = []
  let meet: () => void = () => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const transport = cluster.connect()
  transport.open = () => {
    meet()
    return new Promise(() => undefined)
  }
  transport.close = async () => void closed.push('transport')
  await stoppedAt(stage, met, transport)
  expect(closed).toEqual(['transport'])
})
