import type { ConnectionOptions } from 'node:tls'
import { StreamError } from '@stream/core/adapter'
import type { TransactionProtocol } from './commit/index.ts'
import { type Compression, compressions } from './records/index.ts'

/** How to log in (SASL). Values are handed to the client as they are, and never appear in an error or a log line. */
export type KafkajsSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'aws'
      readonly authorizationIdentity: string
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken?: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      /** Asked for a token at every login. */
      readonly oauthBearerProvider: () => Promise<{ readonly value: string }>
    }

/** What {@link kafkajs} is made of. */
export interface KafkajsOptions {
  /** Where to begin, as `host:port`; the others are learned from them. */
  readonly brokers: readonly string[]
  /** Name in the brokers' logs and quotas. @default 'stream' */
  readonly clientId?: string
  /** True for TLS with the system's authorities, or options of Node's `tls.connect`. @default false */
  readonly ssl?: boolean | ConnectionOptions
  /** @default none */
  readonly sasl?: KafkajsSasl
  /** From the first packet to the end of the login. @default 5000 */
  readonly connectionTimeoutMs?: number
  /** For an answer, on top of what a request lets the broker wait. @default 30000 */
  readonly requestTimeoutMs?: number
  /**
   * Of produced batches. What others compressed is read whatever it is. `snappy` needs the package `snappy`, `lz4` needs `lz4-napi`, `zstd`
   * needs Node 22.15 or `@bokuweb/zstd-wasm`, for writing and for reading.
   * @default 'none'
   */
  readonly compression?: Compression
  /** Records are put into batches of up to this size; topics with a lower `max.message.bytes` are noticed. @default 524288 */
  readonly batchBytes?: number
  /** Whether checksums of fetched batches are verified. @default true */
  readonly verifyChecksums?: boolean
  /** `classic` never speaks the protocol of KIP-890, for tests of brokers that do. @default 'auto' */
  readonly transactionProtocol?: TransactionProtocol
}

/** The options with their defaults, checked. */
export interface ResolvedOptions extends Required<Omit<KafkajsOptions, 'sasl' | 'brokers'>> {
  readonly seeds: readonly { readonly host: string; readonly port: number }[]
  readonly sasl: KafkajsSasl | undefined
}

/** Throws `STREAM_CONFIG_INVALID`. */
export function resolveOptions(options: KafkajsOptions): ResolvedOptions {
  return {
    seeds: parseBrokers(options.brokers),
    clientId: options.clientId ?? 'stream',
    ssl: options.ssl ?? false,
    sasl: options.sasl,
    connectionTimeoutMs: positive('connectionTimeoutMs', options.connectionTimeoutMs, 5000),
    requestTimeoutMs: positive('requestTimeoutMs', options.requestTimeoutMs, 30_000),
    compression: oneOf('compression', options.compression ?? 'none', compressions),
    batchBytes: positive('batchBytes', options.batchBytes, 524_288),
    verifyChecksums: options.verifyChecksums ?? true,
    transactionProtocol: oneOf('transactionProtocol', options.transactionProtocol ?? 'auto', ['auto', 'classic']),
  }
}

/** The error for an option that makes no sense. */
export function invalidOption(name: string, problem: string): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `transport-kafkajs: ${name} ${problem}`,
    place: { option: name },
  })
}

function parseBrokers(brokers: unknown): { host: string; port: number }[] {
  if (!Array.isArray(brokers) || brokers.length === 0) throw invalidOption('brokers', 'must be a list of host:port')
  return brokers.map((broker: unknown) => {
    const match = typeof broker === 'string' ? /^(?:\[([^\]@/]+)\]|([^:@/\s]+)):(\d{1,5})$/.exec(broker) : null
    const port = Number(match?.[3])
    // The text is not repeated: somebody may have put a password into it.
    if (match === null || port < 1 || port > 65_535)
      throw invalidOption('brokers', 'must hold host:port, port 1 to 65535')
    return { host: (match[1] ?? match[2]) as string, port }
  })
}

function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (!Number.isSafeInteger(value) || value <= 0) throw invalidOption(name, 'must be a positive integer')
  return value
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw invalidOption(name, `must be one of ${allowed.join(', ')}`)
  return value
}
