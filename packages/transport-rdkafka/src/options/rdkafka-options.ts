import { type SortedProperties, sortProperties } from './check-properties.ts'
import { invalidOption } from './invalid-option.ts'

/** How produced batches are compressed; `zstd` only where librdkafka was built with it. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** What {@link rdkafka} is made of. */
export interface RdkafkaOptions {
  /** Where to begin, as `host:port`; the others are learned from them. */
  readonly brokers: readonly string[]
  /** Name in the brokers' logs and quotas. @default 'stream' */
  readonly clientId?: string
  /** From the first packet to the first answer of a broker. @default 5000 */
  readonly connectionTimeoutMs?: number
  /** For one call that is answered by a broker, retries included. @default 30000 */
  readonly requestTimeoutMs?: number
  /** Of produced batches. @default 'none' */
  readonly compression?: Compression
  /** Records are put into batches of up to this size; topics with a lower `max.message.bytes` are noticed. @default 524288 */
  readonly batchBytes?: number
  /**
   * Properties of librdkafka 2.12, for example `{ 'security.protocol': 'sasl_ssl', 'sasl.username': ... }`. Those that would break a
   * promise are refused, each with the reason. Values never appear in an error or a log line. @default {}
   */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

/** The options with their defaults, checked. */
export interface ResolvedOptions extends Required<Omit<RdkafkaOptions, 'properties' | 'brokers'>> {
  readonly bootstrap: string
  readonly properties: SortedProperties
}

const names: readonly string[] = [
  'brokers',
  'clientId',
  'connectionTimeoutMs',
  'requestTimeoutMs',
  'compression',
  'batchBytes',
  'properties',
]

/** Throws `STREAM_CONFIG_INVALID`. */
export function resolveOptions(options: RdkafkaOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalidOption(`the option ${name}`, `is not known; known are ${names.join(', ')}`)
  }
  const compression = options.compression ?? 'none'
  if (!compressions.includes(compression)) {
    throw invalidOption('compression', `must be one of ${compressions.join(', ')}`)
  }
  return {
    bootstrap: readBrokers(options.brokers),
    clientId: options.clientId ?? 'stream',
    connectionTimeoutMs: positive('connectionTimeoutMs', options.connectionTimeoutMs, 5000),
    requestTimeoutMs: positive('requestTimeoutMs', options.requestTimeoutMs, 30_000),
    compression,
    batchBytes: positive('batchBytes', options.batchBytes, 524_288),
    properties: sortProperties(options.properties ?? {}),
  }
}

function readBrokers(brokers: unknown): string {
  if (!Array.isArray(brokers) || brokers.length === 0) throw invalidOption('brokers', 'must be a list of host:port')
  for (const broker of brokers) {
    const match = typeof broker === 'string' ? /^(?:\[[^\]@/]+\]|[^:@/\s,]+):(\d{1,5})$/.exec(broker) : null
    const port = Number(match?.[1])
    // The text is not repeated: somebody may have put a password into it.
    if (match === null || port < 1 || port > 65_535) {
      throw invalidOption('brokers', 'must hold host:port, port 1 to 65535')
    }
  }
  return brokers.join(',')
}

function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (!Number.isSafeInteger(value) || value <= 0) throw invalidOption(name, 'must be a positive integer')
  return value
}
