import { type TransportConformanceOptions, transportConformance } from '@stream/conformance'
import type {
  Admin,
  Committer,
  CommitterOptions,
  GroupConsumer,
  GroupListener,
  GroupOptions,
  Producer,
  Reader,
  ReaderOptions,
  Transport,
} from '@stream/core/adapter'
import { MemoryLog, type MemoryTransport, memory } from '@stream/transport-memory'
import { override } from './override.ts'
import { type Recording, record } from './recording-runner.ts'

/** A transport with one broken promise, and the cases that must notice. */
export interface BrokenTransport {
  readonly promise: string
  readonly fails: readonly string[]
  readonly bend: TransportBend
}

/** How the memory transport is bent: each function gets the real part and returns what is different about it. */
export interface TransportBend {
  readonly transport?: (inner: MemoryTransport) => Partial<Transport>
  readonly producer?: (inner: Producer, transport: MemoryTransport) => Partial<Producer>
  readonly readerOptions?: Partial<ReaderOptions>
  readonly reader?: (inner: Reader) => Partial<Reader>
  readonly groupOptions?: (options: GroupOptions) => GroupOptions
  readonly group?: (inner: GroupConsumer) => Partial<GroupConsumer>
  /** `consumer` is the real one; there is none yet while `group()` runs. */
  readonly listener?: (
    inner: GroupListener,
    consumer: () => GroupConsumer,
    transport: MemoryTransport,
  ) => Partial<GroupListener>
  readonly committerOptions?: (options: CommitterOptions) => CommitterOptions
  readonly committer?: (inner: Committer, transport: MemoryTransport) => Partial<Committer>
  readonly admin?: (inner: Admin) => Partial<Admin>
}

function bent(inner: MemoryTransport, bend: TransportBend): Transport {
  return override<Transport>(inner, {
    producer: (options) => {
      const producer = inner.producer(options)
      return override(producer, bend.producer?.(producer, inner) ?? {})
    },
    reader: (options) => {
      const reader = inner.reader({ ...options, ...bend.readerOptions })
      return override(reader, bend.reader?.(reader) ?? {})
    },
    group: (options, listener) => {
      let consumer: GroupConsumer | undefined
      const real = (): GroupConsumer => consumer as GroupConsumer
      const changed = override(listener, bend.listener?.(listener, real, inner) ?? {})
      consumer = inner.group(bend.groupOptions?.(options) ?? options, changed)
      return override(consumer, bend.group?.(consumer) ?? {})
    },
    committer: (options) => {
      const committer = inner.committer(bend.committerOptions?.(options) ?? options)
      return override(committer, bend.committer?.(committer, inner) ?? {})
    },
    admin: () => {
      const admin = inner.admin()
      return override(admin, bend.admin?.(admin) ?? {})
    },
    ...bend.transport?.(inner),
  })
}

/** Runs the kit over the memory transport, bent, with a log of its own; of the named groups only, where some are named. */
export function recordTransport(bend: TransportBend, groups: readonly string[] = []): Promise<Recording> {
  const log = new MemoryLog()
  const options: TransportConformanceOptions = {
    name: 'broken',
    open: () => bent(memory({ log }), bend),
    timing: { sessionTimeoutMs: 200, heartbeatIntervalMs: 20, rebalanceTimeoutMs: 400, quietMs: 40, patienceMs: 700 },
    outage: { begin: async () => log.setAvailable(false), end: async () => log.setAvailable(true) },
    stall: {
      begin: async (transport) => log.stall(transport as MemoryTransport),
      end: async (transport) => log.wake(transport as MemoryTransport),
    },
    compact: async (topic) => {
      log.compact(topic)
    },
    async leaveOpen(transactionalId, request) {
      const transport = memory({ log })
      await transport.open({ log: () => undefined })
      const committer = transport.committer({ transactionalId, timeoutMs: 60_000 })
      await committer.init()
      log.faults.at('commit:before-end', { kind: 'lose-answer' }, { when: (at) => at.clientId === transport.clientId })
      await committer.commit(request)
    },
  }
  return record((runner) => transportConformance(runner, options), groups)
}
