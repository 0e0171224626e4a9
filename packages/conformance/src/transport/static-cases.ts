import assert from 'node:assert/strict'
import { StreamError } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'
import { pass } from './until.ts'

async function refusesInstanceId(lab: TransportLab): Promise<void> {
  const topic = await lab.topic()
  await refuses('STREAM_NOT_SUPPORTED', 'an instanceId', async () => {
    const member = await lab.member({ groupId: lab.name('group'), topics: [topic], instanceId: 'one' })
    await member.until('poll() refuses it', () => member.pollError !== undefined)
    throw member.pollError
  })
}

export const staticCases: TransportGroup = {
  title: 'static membership',
  cases: [
    flagCase(
      'staticMembership',
      'a member that comes back under its instance id has its partitions again, and no other member is disturbed',
      async (lab) => {
        const topic = await lab.topic(4)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const steady = await lab.member({ ...options, instanceId: 'steady' })
        const former = await lab.member({
          ...options,
          transport: await lab.anotherTransport(),
          instanceId: 'restarted',
        })
        await steady.untilOwns(2)
        await former.untilOwns(2)
        assert.equal(former.handle.instanceId, 'restarted')
        const owned = [...former.owned].sort()
        const undisturbed = steady.events.length
        await former.close({ leave: false })
        const next = await lab.member({ ...options, transport: await lab.anotherTransport(), instanceId: 'restarted' })
        await next.untilOwns(2)
        assert.deepEqual([...next.owned].sort(), owned)
        await pass(lab.timing.quietMs)
        assert.deepEqual(steady.events.slice(undisturbed), [], 'the other member was disturbed')
        assert.equal(steady.owned.size, 2)
      },
      refusesInstanceId,
    ),
    flagCase(
      'staticMembership',
      'a new incarnation fences the old one for good',
      async (lab) => {
        const topic = await lab.topic(1)
        const options = { groupId: lab.name('group'), topics: [topic], instanceId: 'one' }
        const former = await lab.member(options)
        await former.untilOwns(1)
        const stale = former.handle
        const next = await lab.member({ ...options, transport: await lab.anotherTransport() })
        await next.untilOwns(1)
        await former.until(
          'it is told that it is over',
          () => former.fatalError !== undefined && former.pollError !== undefined,
        )
        assert.equal(former.fatalError?.code, 'STREAM_FENCED')
        assert.ok(StreamError.is(former.pollError, 'STREAM_FENCED'), 'poll must reject with the error of onError')
        assert.equal(former.owned.size, 0, 'what the old incarnation owned is lost')
        await refuses('STREAM_FENCED', 'a commit of the old incarnation', () =>
          next.consumer.commit([{ topic, partition: 0, offset: 1 }], stale),
        )
        await next.consumer.commit([{ topic, partition: 0, offset: 2 }], next.handle)
      },
      refusesInstanceId,
    ),
    flagCase(
      'staticMembership',
      'a static member that leaves for good hands its partitions over at once',
      async (lab) => {
        const topic = await lab.topic(2)
        const options = { groupId: lab.name('group'), topics: [topic] }
        const steady = await lab.member({ ...options, instanceId: 'steady' })
        const leaving = await lab.member({ ...options, transport: await lab.anotherTransport(), instanceId: 'leaving' })
        await steady.untilOwns(1)
        await leaving.untilOwns(1)
        const start = performance.now()
        await leaving.close({ leave: true })
        await steady.untilOwns(2)
        assert.ok(performance.now() - start < lab.timing.sessionTimeoutMs, 'it must not wait for the session timeout')
      },
      refusesInstanceId,
    ),
  ],
}
