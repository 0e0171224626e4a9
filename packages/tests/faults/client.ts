import type { Transport } from '@stream/core/adapter'
import { kafkajs } from '@stream/transport-kafkajs'

/** A Kafka client under faults. */
export interface FaultyClient {
  readonly name: string
  /** A transport that gives up a request after `timeoutMs` (default: two seconds, to notice soon what is lost). Its client id names its owner. */
  connect(brokers: readonly string[], clientId: string, timeoutMs?: number): Transport
}

/** The clients that every case of faults runs on. */
export const clients: readonly FaultyClient[] = [
  {
    name: 'kafkajs',
    connect: (brokers, clientId, timeoutMs = requestTimeoutMs) =>
      kafkajs({ brokers, clientId, connectionTimeoutMs: 3_000, requestTimeoutMs: timeoutMs }),
  },
]

/** A transport that nobody disturbs, with time for a busy machine: for those that prepare and judge. */
export function undisturbed(brokers: readonly string[]): Transport {
  return kafkajs({ brokers, clientId: 'undisturbed' })
}

/** How long the clients under faults wait for an answer. */
export const requestTimeoutMs = 2_000
