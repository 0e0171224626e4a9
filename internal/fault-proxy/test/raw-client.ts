import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ByteWriter } from '../src/bytes.ts'
import { FrameSplitter, framed } from '../src/frames.ts'
import type { Fields, KafkaProtocol } from '../src/index.ts'

/** What became of a request: its answer, silence for half a second, or the end of the connection. */
export type Reply = Fields | 'silence' | 'cut'

const silenceMs = 500

/** A connection on which a test says exactly what it wants to say. */
export class RawClient {
  readonly #socket: Socket
  readonly #protocol: KafkaProtocol
  readonly #clientId: string
  readonly #answers = new Map<number, (frame: Buffer) => void>()
  #lastId = 0

  static async connect(protocol: KafkaProtocol, address: string, clientId: string = 'raw'): Promise<RawClient> {
    const socket = connect({ port: Number(address.split(':')[1]), host: '127.0.0.1' })
    await once(socket, 'connect')
    return new RawClient(socket, protocol, clientId)
  }

  private constructor(socket: Socket, protocol: KafkaProtocol, clientId: string) {
    this.#socket = socket
    this.#protocol = protocol
    this.#clientId = clientId
    const splitter = new FrameSplitter()
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) this.#answers.get(frame.readInt32BE(0))?.(frame)
    })
  }

  /** Sends a request and waits for what comes of it. */
  async call(api: string, version: number, fields: Fields, withinMs: number = silenceMs): Promise<Reply> {
    const apiKey = this.#protocol.keyOf(api)
    const [request, response] = (['request', 'response'] as const).map((type) =>
      this.#protocol.codec(apiKey, type, version),
    ) as [ReturnType<KafkaProtocol['codec']>, ReturnType<KafkaProtocol['codec']>]
    const id = ++this.#lastId
    const clientId = Buffer.from(this.#clientId)
    const header = new ByteWriter().int16(apiKey).int16(version).int32(id).int16(clientId.length).bytes(clientId)
    if (request.isFlexible) header.int8(0)
    if (this.#socket.destroyed) return 'cut'
    const over = new AbortController()
    const reply = await Promise.race([
      new Promise<Buffer>((resolve) => {
        this.#answers.set(id, resolve)
        this.#socket.write(framed(header.finish(), request.encode(fields)))
      }),
      delay(withinMs, 'silence' as const, { signal: over.signal }),
      once(this.#socket, 'close', { signal: over.signal }).then(() => 'cut' as const),
    ])
    over.abort()
    if (typeof reply === 'string') return reply
    const bodyAt = response.isFlexible && api !== 'ApiVersions' ? 5 : 4
    return response.decode(reply.subarray(bodyAt))
  }

  close(): void {
    this.#socket.destroy()
  }
}
