import assert from 'node:assert/strict'
import { StreamError, type Transport } from '@stream/core/adapter'
import { refuses } from '../kit/index.ts'
import { outRecord } from './records.ts'
import type { TransportCase, TransportGroup } from './transport-case.ts'
import type { TransportLab } from './transport-lab.ts'
import { within } from './until.ts'

interface Closable {
  close(): Promise<void>
}

/** Each kind of client: how it is made, and calls that reach the log. */
interface Client {
  readonly kind: string
  make(lab: TransportLab, transport: Transport, topic: string): Closable
  readonly calls: readonly (readonly [what: string, call: (client: Closable, topic: string) => Promise<unknown>])[]
}

/** Each entry casts to what its own `make` returned. */
const clients: readonly Client[] = [
  {
    kind: 'producer',
    make: (lab, transport) => transport.producer({ deliveryTimeoutMs: lab.timing.patienceMs }),
    calls: [
      [
        'send()',
        (client, topic) =>
          (client as ReturnType<Transport['producer']>).send([{ topic, partition: 0, records: [outRecord('late')] }]),
      ],
    ],
  },
  {
    kind: 'reader',
    make: (_, transport) =>
      transport.reader({ isolation: 'read_committed', maxPollBytes: 1e6, maxPartitionBytes: 1e6, fetchWaitMs: 50 }),
    calls: [
      ['poll()', (client) => (client as ReturnType<Transport['reader']>).poll({ maxWaitMs: 10 })],
      [
        'endOffsets()',
        (client, topic) =>
          (client as ReturnType<Transport['reader']>).endOffsets([{ topic, partition: 0 }], 'read_uncommitted'),
      ],
    ],
  },
  {
    kind: 'admin',
    make: (_, transport) => transport.admin(),
    calls: [
      ['describeTopics()', (client, topic) => (client as ReturnType<Transport['admin']>).describeTopics([topic])],
    ],
  },
  {
    kind: 'group consumer',
    make: (lab, transport, topic) => {
      const consumer = transport.group(
        {
          groupId: lab.name('group'),
          topics: [topic],
          isolation: 'read_committed',
          rebalance: 'eager',
          sessionTimeoutMs: lab.timing.sessionTimeoutMs,
          heartbeatIntervalMs: lab.timing.heartbeatIntervalMs,
          rebalanceTimeoutMs: lab.timing.rebalanceTimeoutMs,
          maxPollBytes: 1e6,
          maxPartitionBytes: 1e6,
          fetchWaitMs: 50,
        },
        { onAssign: async () => {}, onRevoke: async () => {}, onLost: () => {}, onError: () => {} },
      )
      const poll = (): Promise<unknown> => consumer.poll({ maxWaitMs: 10 })
      return { close: () => consumer.close({ leave: true }), poll } as Closable
    },
    calls: [['poll()', (client) => (client as Closable & { poll(): Promise<unknown> }).poll()]],
  },
]

const clientCases: TransportCase[] = clients.flatMap(({ kind, make, calls }) => [
  {
    title: `closes a ${kind} once, again, and twice at the same time`,
    async run(lab) {
      const client = make(lab, await lab.transport(), await lab.topic())
      await Promise.all([client.close(), client.close()])
      await client.close()
    },
  },
  {
    title: `refuses the calls of a closed ${kind}`,
    async run(lab) {
      const topic = await lab.topic()
      const client = make(lab, await lab.transport(), topic)
      await client.close()
      for (const [what, call] of calls) {
        await refuses('STREAM_CLOSED', `${what} of a closed ${kind}`, () => call(client, topic))
      }
    },
  },
  {
    title: `closes a ${kind} that is left open with its transport`,
    async run(lab) {
      const topic = await lab.topic()
      const transport = await lab.anotherTransport()
      const client = make(lab, transport, topic)
      await transport.close()
      for (const [what, call] of calls) {
        await refuses('STREAM_CLOSED', `${what} after the transport is closed`, () => call(client, topic))
      }
      await client.close()
    },
  },
  {
    title: `refuses a ${kind} of a closed transport`,
    async run(lab) {
      const topic = await lab.topic()
      const transport = await lab.anotherTransport()
      await transport.close()
      await refuses('STREAM_CLOSED', `a ${kind} of a closed transport`, async () => {
        const client = make(lab, transport, topic)
        for (const [, call] of calls) await call(client, topic)
      })
    },
  },
])

export const lifecycleCases: TransportGroup = {
  title: 'lifecycle',
  cases: [
    {
      title: 'closes once, again, and twice at the same time',
      async run(lab) {
        const transport = await lab.anotherTransport()
        await Promise.all([transport.close(), transport.close()])
        await transport.close()
      },
    },
    {
      title: 'closes a transport that was never opened',
      async run(lab) {
        const transport = await lab.unopened()
        await transport.close()
      },
    },
    {
      title: 'closing one transport leaves another one of the same log alone',
      async run(lab) {
        const topic = await lab.topic()
        const other = await lab.anotherTransport()
        await lab.produce(topic, 0, ['before'])
        await other.close()
        await lab.produce(topic, 0, ['after'])
        assert.deepEqual((await lab.read(topic, 0)).values, ['before', 'after'])
      },
    },
    {
      title: 'a poll that waits settles when its reader is closed',
      async run(lab) {
        const topic = await lab.topic()
        const reader = await lab.reader()
        reader.assign([{ topic, partition: 0, offset: 0 }])
        const waiting = reader.poll({ maxWaitMs: lab.timing.patienceMs * 10 }).catch((error: unknown) => error)
        await reader.close()
        const answer = await within(lab.timing.patienceMs, 'the answer of the poll', waiting)
        const isClosed = StreamError.is(answer, 'STREAM_CLOSED')
        assert.ok(isClosed || (Array.isArray(answer) && answer.length === 0), 'it ends empty, or with STREAM_CLOSED')
      },
    },
    ...clientCases,
  ],
}
