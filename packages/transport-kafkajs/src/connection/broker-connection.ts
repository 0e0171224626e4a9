import { describeThrown, StreamError } from '@stream/core/adapter'
import { WireReader, type WireRequest, WireWriter } from '../wire/index.ts'
import type { KafkajsClient, RawChannel } from './kafkajs-internals.ts'

/** Deadlines of a connection. */
export interface ConnectionTimeouts {
  /** From the first packet to the end of authentication. */
  readonly connectionTimeoutMs: number
  /** For an answer, on top of the time the request itself lets the broker wait. */
  readonly requestTimeoutMs: number
}

const apiVersionsKey = 18

/** One connection to one broker. It opens once and, whatever ends it, never opens again. */
export class BrokerConnection {
  readonly address: string
  private readonly channel: RawChannel
  private readonly timeouts: ConnectionTimeouts
  private isClosed = false

  private constructor(address: string, channel: RawChannel, timeouts: ConnectionTimeouts) {
    this.address = address
    this.channel = channel
    this.timeouts = timeouts
  }

  /** Rejects with `STREAM_BROKER_UNAVAILABLE` or `STREAM_AUTHENTICATION_FAILED`. */
  static async open(
    client: KafkajsClient,
    host: string,
    port: number,
    timeouts: ConnectionTimeouts,
  ): Promise<BrokerConnection> {
    const address = `${host}:${port}`
    const { channel, ready } = await client.connect(host, port)
    const connection = new BrokerConnection(address, channel, timeouts)
    try {
      await connection.bounded(ready, timeouts.connectionTimeoutMs, 'connecting')
    } catch (cause) {
      const error = connectFailure(address, cause)
      connection.close(error)
      throw error
    }
    return connection
  }

  get isOpen(): boolean {
    return !this.isClosed && this.channel.isConnected()
  }

  /** Rejects with a retryable error, and closes the connection, where no answer comes: the request may have been carried out. */
  async send<T>(request: WireRequest<T>): Promise<T> {
    const out = new WireWriter(request.sizeBytes)
    if (request.flexible) out.tags()
    request.write(out)
    let raw: Buffer
    try {
      raw = await this.bounded(
        this.channel.send(request.apiKey, request.apiName, request.version, out.finish()),
        this.timeouts.requestTimeoutMs + (request.holdMs ?? 0),
        request.apiName,
      )
    } catch (cause) {
      const error = requestFailure(this.address, request.apiName, cause)
      this.close(error)
      throw error
    }
    const answer = new WireReader(raw)
    if (request.flexible && request.apiKey !== apiVersionsKey) answer.tags()
    return request.read(answer)
  }

  /** Rejects what is under way with `reason`. */
  close(reason: StreamError): void {
    if (this.isClosed) return
    this.isClosed = true
    this.channel.destroy(reason)
  }

  private bounded<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new StreamError({
            code: 'STREAM_TIMEOUT',
            message: `${this.address} did not answer within ${timeoutMs} ms (${what})`,
            retryable: true,
            place: { broker: this.address, request: what },
          }),
        )
      }, timeoutMs)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}

function connectFailure(address: string, cause: unknown): StreamError {
  if (StreamError.is(cause) && cause.code !== 'STREAM_TIMEOUT') return cause
  const { name = '', type = '', code = '' } = (cause ?? {}) as { name?: string; type?: string; code?: unknown }
  const text = describeThrown(cause)
  if (name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(String(type)) || /\bSASL\b/.test(text)) {
    return new StreamError({
      code: 'STREAM_AUTHENTICATION_FAILED',
      message: `${address} refused the login (${text}): check the mechanism, the user name and the password`,
      cause,
      place: { broker: address },
    })
  }
  if (/CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL/.test(String(code))) {
    return new StreamError({
      code: 'STREAM_AUTHENTICATION_FAILED',
      message: `No TLS session with ${address} (${text}): check the certificate authority and the host name in \`ssl\``,
      cause,
      place: { broker: address },
    })
  }
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `No connection to ${address} (${text}): check that the broker runs and listens there`,
    retryable: true,
    cause,
    place: { broker: address },
  })
}

function requestFailure(address: string, what: string, cause: unknown): StreamError {
  if (StreamError.is(cause)) return cause
  if (/SASL/.test(String((cause as { name?: string } | undefined)?.name))) return connectFailure(address, cause)
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `The connection to ${address} ended before ${what} was answered: ${describeThrown(cause)}`,
    retryable: true,
    cause,
    place: { broker: address, request: what },
  })
}
