import type { GroupOptions, Isolation } from '@stream/core/adapter'
import type { Properties } from '../native/index.ts'
import type { ResolvedOptions } from './rdkafka-options.ts'

/** What a client is configured with: global properties, and those of its topics. */
export interface ClientProperties {
  readonly global: Properties
  readonly topic: Properties
}

/** How much is fetched. */
export interface FetchSizes {
  readonly maxPollBytes: number
  readonly maxPartitionBytes: number
  readonly fetchWaitMs: number
}

/** The largest record librdkafka lets through by itself; brokers and topics decide below it. */
const maxMessageBytes = 100_000_000

function common(options: ResolvedOptions): Properties {
  return {
    'message.max.bytes': maxMessageBytes,
    'socket.nagle.disable': true,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1000,
    ...options.properties.common,
    'bootstrap.servers': options.bootstrap,
    'client.id': options.clientId,
    log_level: 7,
    'allow.auto.create.topics': false,
  }
}

/** Of a client that only asks. */
export function askingProperties(options: ResolvedOptions, isolation: Isolation): ClientProperties {
  return { global: { ...common(options), 'isolation.level': isolation }, topic: {} }
}

/** Of a client for topics. */
export function adminProperties(options: ResolvedOptions): Properties {
  return common(options)
}

/** Of a consumer without a group: librdkafka wants a group id all the same, and never asks about it while nothing is committed. */
export function readerProperties(options: ResolvedOptions, isolation: Isolation, sizes: FetchSizes): ClientProperties {
  const { common: own, consumer, consumerTopic } = options.properties
  return {
    global: {
      'queued.max.messages.kbytes': Math.max(1024, Math.ceil((2 * sizes.maxPollBytes) / 1024)),
      'fetch.queue.backoff.ms': 5,
      'fetch.error.backoff.ms': 100,
      'check.crcs': true,
      ...consumer,
      ...common(options),
      ...(own.debug === undefined ? {} : { debug: own.debug }),
      'group.id': `${options.clientId}-reader`,
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'enable.partition.eof': true,
      'isolation.level': isolation,
      'fetch.wait.max.ms': sizes.fetchWaitMs,
      'fetch.message.max.bytes': sizes.maxPartitionBytes,
      'fetch.max.bytes': Math.max(sizes.maxPollBytes, sizes.maxPartitionBytes, maxMessageBytes),
    },
    topic: { ...consumerTopic, 'auto.offset.reset': 'error' },
  }
}

/** Of a group member; `debug` is on for the group only, whose lines tell what the client's interface does not. */
export function memberProperties(options: ResolvedOptions, group: GroupOptions): ClientProperties {
  const { global, topic } = readerProperties(options, group.isolation, group)
  const debug = typeof global.debug === 'string' ? `${global.debug},cgrp` : 'cgrp'
  return {
    global: {
      ...global,
      debug,
      'group.id': group.groupId,
      ...(group.instanceId === undefined ? {} : { 'group.instance.id': group.instanceId }),
      'session.timeout.ms': group.sessionTimeoutMs,
      'heartbeat.interval.ms': group.heartbeatIntervalMs,
      'max.poll.interval.ms': Math.max(group.rebalanceTimeoutMs, group.sessionTimeoutMs),
      'partition.assignment.strategy': group.rebalance === 'cooperative' ? 'cooperative-sticky' : 'range',
      'topic.metadata.refresh.interval.ms': 10_000,
    },
    topic,
  }
}

/** Of a producer; `transaction` makes it a transactional one. */
export function producerProperties(
  options: ResolvedOptions,
  deliveryTimeoutMs: number,
  transaction?: { readonly transactionalId: string; readonly timeoutMs: number },
): ClientProperties {
  const { producer, producerTopic } = options.properties
  return {
    global: {
      'queue.buffering.max.messages': 2_000_000,
      'queue.buffering.max.kbytes': 1_048_576,
      'topic.metadata.propagation.max.ms': Math.min(5000, Math.floor(deliveryTimeoutMs / 2)),
      ...producer,
      ...common(options),
      'enable.idempotence': true,
      'compression.codec': options.compression,
      // Rounds are closed by a flush: nothing leaves before it, so that each partition has one batch on its way.
      'linger.ms': Math.min(1000, Math.floor(deliveryTimeoutMs / 4)),
      'batch.size': 2 * options.batchBytes,
      'batch.num.messages': 1_000_000,
      'delivery.report.only.error': true,
      ...(transaction === undefined
        ? {}
        : { 'transactional.id': transaction.transactionalId, 'transaction.timeout.ms': transaction.timeoutMs }),
    },
    topic: { ...producerTopic, 'message.timeout.ms': deliveryTimeoutMs },
  }
}
