import { StreamError } from '@stream/core/adapter'
import { WireReader, type WireRequest, WireWriter } from '../wire/index.ts'
import { type Approach, connectFailure, requestFailure, unreadable } from './connection-failures.ts'
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
  readonly approach: Approach
  private readonly channel: RawChannel
  private readonly timeouts: ConnectionTimeouts
  private isClosed = false
  private hasAnswered = false

  private constructor(approach: Approach, channel: RawChannel, timeouts: ConnectionTimeouts) {
    this.approach = approach
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
    const approach = { address: `${host}:${port}`, usesTls: client.usesTls, logsIn: client.logsIn }
    const { channel, ready } = await client.connect(host, port)
    const connection = new BrokerConnection(approach, channel, timeouts)
    try {
      await connection.bounded(ready, timeouts.connectionTimeoutMs, 'connecting')
    } catch (cause) {
      const error = connectFailure(approach, cause)
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
      const error = requestFailure(this.approach, request.apiName, cause, this.hasAnswered)
      this.close(error)
      throw error
    }
    this.hasAnswered = true
    try {
      const answer = new WireReader(raw)
      if (request.flexible && request.apiKey !== apiVersionsKey) answer.tags()
      return request.read(answer)
    } catch (cause) {
      const error = unreadable(this.approach.address, request.apiName, cause)
      this.close(error)
      throw error
    }
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
            message: `${this.approach.address} did not answer within ${timeoutMs} ms (${what})`,
            retryable: true,
            place: { broker: this.approach.address, request: what },
          }),
        )
      }, timeoutMs)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}
