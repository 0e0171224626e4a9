import { type StoreConformanceOptions, storeConformance, transportConformance } from '@stream/conformance'
import type {
  CommitRequest,
  Committer,
  Fetched,
  GroupConsumer,
  LogRecord,
  MaybePromise,
  Outcome,
  Store,
  StoreAdapter,
  StorePartition,
  Transport,
  TransportAdapter,
} from '@stream/core/adapter'
import storeAdapter, { memory as memoryStore } from '@stream/store-memory'
import kafkajsAdapter, { type KafkajsOptions, kafkajs } from '@stream/transport-kafkajs'
import memoryAdapter, { type Fault, MemoryLog, type MemoryTransport, memory, type Seam } from '@stream/transport-memory'
import { expectTypeOf } from 'vitest'

// What adapters export: a function that makes one, and how their strings are read.
expectTypeOf(memory()).toEqualTypeOf<MemoryTransport>()
expectTypeOf(memory()).toExtend<Transport>()
expectTypeOf(kafkajs).parameters.toEqualTypeOf<[KafkajsOptions]>()
expectTypeOf(kafkajs).returns.toEqualTypeOf<Transport>()
expectTypeOf(memoryStore()).toEqualTypeOf<Store>()
expectTypeOf(memoryAdapter).toExtend<TransportAdapter>()
expectTypeOf(kafkajsAdapter).toExtend<TransportAdapter>()
expectTypeOf(storeAdapter).toExtend<StoreAdapter>()

// @ts-expect-error brokers are needed
kafkajs({ clientId: 'me' })
kafkajs({ brokers: ['a:1'], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } })
// @ts-expect-error plain needs a password
kafkajs({ brokers: ['a:1'], sasl: { mechanism: 'plain', username: 'u' } })

// The embedded log and its faults.
const log = new MemoryLog({ markerDelayMs: 1, latencyMs: { min: 0, max: 1 } })
expectTypeOf(log.records('t', 0)).toEqualTypeOf<readonly LogRecord[]>()
expectTypeOf(log.faults.at('fetch', { kind: 'hold' })).toEqualTypeOf<Fault>()
log.faults.at('commit:before-end', {
  kind: 'run',
  run: ({ clientId }) => {
    expectTypeOf(clientId).toEqualTypeOf<string>()
  },
})
// @ts-expect-error there is no such seam
log.faults.at('commit', { kind: 'crash' })
// @ts-expect-error a failing seam fails with something
log.faults.at('fetch', { kind: 'fail' })
expectTypeOf<Seam>().toExtend<string>()
log.crash(memory({ log }))

// The contract, as an adapter's author meets it.
declare const transport: Transport
declare const store: Store
expectTypeOf(transport.group).returns.toEqualTypeOf<GroupConsumer>()
expectTypeOf(transport.committer).returns.toEqualTypeOf<Committer>()
expectTypeOf<GroupConsumer['poll']>().returns.resolves.toEqualTypeOf<readonly Fetched[]>()
expectTypeOf<Committer['commit']>().parameters.toEqualTypeOf<[CommitRequest]>()
expectTypeOf<Committer['commit']>().returns.resolves.toEqualTypeOf<Outcome>()
expectTypeOf(store.open).returns.resolves.toEqualTypeOf<StorePartition>()
expectTypeOf<StorePartition['get']>().returns.toEqualTypeOf<MaybePromise<Uint8Array | undefined>>()

/** What happened cannot be used before it was asked what it is. */
export function nextOffsets(outcome: Outcome): number {
  // @ts-expect-error only a committed one has positions
  void outcome.nextOffsets
  return outcome.kind === 'committed' ? (outcome.nextOffsets?.length ?? 0) : outcome.cause.message.length
}

// The kits take any runner that has what vitest, jest and node:test have in common.
expectTypeOf<StoreConformanceOptions['open']>().returns.toEqualTypeOf<Store | Promise<Store>>()
expectTypeOf(storeConformance).toBeFunction()
expectTypeOf(transportConformance).toBeFunction()
