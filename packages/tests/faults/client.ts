import type { Transport } from '@stream/core/adapter'
import { kafkajs } from '@stream/transport-kafkajs'

/** A Kafka client under faults. */
export interface FaultyClient {
  readonly name: string
  /** A transport that gives a request up after a second, so that a lost answer is noticed soon. Its client id names its owner. */
  connect(brokers: readonly string[], clientId: string): Transport
}

/** The clients that every case of faults runs on. */
export const clients: readonly FaultyClient[] = [
  {
    name: 'kafkajs',
    connect: (brokers, clientId) => kafkajs({ brokers, clientId, connectionTimeoutMs: 3_000, requestTimeoutMs }),
  },
]

/** A transport that nobody disturbs, with time for a busy machine: for what an app has created. */
export function undisturbed(brokers: readonly string[]): Transport {
  return kafkajs({ brokers, clientId: 'undisturbed' })
}

/** How long the clients under faults wait for an answer. */
export const requestTimeoutMs = 1_000
