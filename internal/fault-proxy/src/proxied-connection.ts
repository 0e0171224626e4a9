import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, PassingRequest } from './fault.ts'
import { FrameSplitter, framed, type RequestHeader, readRequestHeader } from './frames.ts'
import { type HiddenVersions, hide, isHidden } from './hidden-versions.ts'
import type { KafkaProtocol } from './kafka-protocol.ts'
import type { Fields } from './message-codec.ts'
import { disguise, refusalOf } from './refusal.ts'

/** What a connection needs of the proxy it belongs to. */
export interface ConnectionContext {
  readonly protocol: KafkaProtocol
  readonly nodeId: number
  readonly brokerPort: number
  readonly hidden: HiddenVersions
  /** The first fault that strikes the request, if any; counts both. */
  readonly judge: (request: PassingRequest) => Fault | undefined
}

const apiVersions = 'ApiVersions'
/** Frames that wait behind a delayed one before nothing more is read. */
const maxWaiting = 64
/** How long the broker may take to answer a client that is gone. */
const goneClientMs = 2_000

interface Awaited {
  readonly header: RequestHeader
  readonly api: string
  readonly fault: Fault | undefined
}

/** One client's connection, and the one to the broker behind it. */
export class ProxiedConnection {
  readonly closed: Promise<void>
  readonly #client: Socket
  readonly #broker: Socket
  readonly #context: ConnectionContext
  readonly #awaited = new Map<number, Awaited>()

  constructor(client: Socket, context: ConnectionContext) {
    this.#client = client
    this.#context = context
    this.#broker = connect({ port: context.brokerPort, host: '127.0.0.1' })
    const ends = [client, this.#broker].map((socket) => {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      return new Promise((resolve) => socket.once('close', resolve))
    })
    this.closed = Promise.all(ends).then(() => undefined)
    const requests = inOrder(client, (frame) => this.#onRequest(frame))
    inOrder(this.#broker, (frame) => this.#onAnswer(frame))
    this.#broker.on('close', () => this.cut())
    // What a client has sent is on its way, even if the client has given up waiting.
    client.on('close', () => void requests().then(() => this.#endWhenAnswered()))
  }

  /** Ends both sides at once. */
  cut(): void {
    this.#client.destroy()
    this.#broker.destroy()
  }

  /** A broker that is told of the end together with a request may leave that undone. */
  async #endWhenAnswered(): Promise<void> {
    for (let waitedMs = 0; this.#awaited.size > 0 && waitedMs < goneClientMs; waitedMs += 10) await delay(10)
    this.cut()
  }

  async #onRequest(frame: Buffer): Promise<void> {
    const header = readRequestHeader(frame)
    const { protocol, nodeId, judge, hidden } = this.#context
    const { apiKey, version, clientId } = header
    const api = protocol.nameOf(apiKey)
    // An older broker closes the connection on what it does not understand.
    if (isHidden(api, version, hidden)) return this.cut()
    const decode = (): Fields => this.#decodeRequest(frame, header)
    const request = {
      api,
      version,
      clientId,
      nodeId,
      get fields() {
        return decode()
      },
    }
    const fault = judge(request)
    const effect = fault?.plan.effect
    if (effect?.kind === 'cut' && effect.what === 'request') return this.cut()
    if (effect?.kind === 'lose' && effect.what === 'request') return
    if (effect?.kind === 'delay' && effect.what === 'request') await delay(effect.byMs)
    if (effect?.kind === 'hold' && effect.what === 'request') await fault?.ended
    if (effect?.kind === 'refuse') return this.#refuse(header, request.fields, effect.errorCode)
    this.#awaited.set(header.correlationId, { header, api, fault })
    await write(this.#broker, framed(frame))
  }

  async #onAnswer(frame: Buffer): Promise<void> {
    const correlationId = frame.readInt32BE(0)
    const awaited = this.#awaited.get(correlationId)
    this.#awaited.delete(correlationId)
    const effect = awaited?.fault?.plan.effect
    awaited?.fault?.takeAnswer()
    if (awaited === undefined) return write(this.#client, framed(frame))
    if (effect?.kind === 'lose') return
    if (effect?.kind === 'cut') return this.cut()
    if (effect?.kind === 'delay' && effect.what === 'answer') await delay(effect.byMs)
    if (effect?.kind === 'hold' && effect.what === 'answer') await awaited.fault?.ended
    const { header, api } = awaited
    if (effect?.kind === 'disguise') {
      return this.#rewrite(frame, header, (answer) => {
        if (disguise(answer, effect.errorCode) === 0) throw new Error(`an answer of ${api} holds no error code`)
      })
    }
    if (effect?.kind === 'show') return this.#rewrite(frame, header, effect.to)
    if (api === apiVersions) {
      const { hidden, protocol } = this.#context
      return this.#rewrite(frame, header, (answer) => hide(answer, hidden, (apiKey) => protocol.nameOf(apiKey)))
    }
    return write(this.#client, framed(frame))
  }

  #decodeRequest(frame: Buffer, { apiKey, version, endsAt }: RequestHeader): Fields {
    const codec = this.#context.protocol.codec(apiKey, 'request', version)
    // Clients send no tags in their headers: one byte says so.
    return codec.decode(frame.subarray(endsAt + (codec.isFlexible ? 1 : 0)))
  }

  async #refuse(header: RequestHeader, request: Fields, errorCode: number): Promise<void> {
    const { apiKey, version, correlationId } = header
    const codec = this.#context.protocol.codec(apiKey, 'response', version)
    const id = Buffer.alloc(4)
    id.writeInt32BE(correlationId)
    const body = codec.encode(refusalOf(codec, request, errorCode))
    await write(this.#client, framed(id, Buffer.alloc(codec.isFlexible ? 1 : 0), body))
  }

  async #rewrite(frame: Buffer, header: RequestHeader, change: (answer: Fields) => void): Promise<void> {
    const { apiKey, version } = header
    const { protocol } = this.#context
    const codec = protocol.codec(apiKey, 'response', version)
    // The answer of ApiVersions has the older header in every version: a client may not know the newer one yet.
    const bodyAt = codec.isFlexible && protocol.nameOf(apiKey) !== apiVersions ? 5 : 4
    const answer = codec.decode(frame.subarray(bodyAt))
    change(answer)
    await write(this.#client, framed(frame.subarray(0, bodyAt), codec.encode(answer)))
  }
}

/**
 * Handles the frames of a socket one after the other; the result waits for those that have come. What fails in a handler is a defect
 * of the proxy, and ends the process.
 */
function inOrder(socket: Socket, handle: (frame: Buffer) => Promise<void>): () => Promise<void> {
  const splitter = new FrameSplitter()
  let last = Promise.resolve()
  let waiting = 0
  socket.on('data', (chunk: Buffer) => {
    for (const frame of splitter.push(chunk)) {
      if (++waiting > maxWaiting) socket.pause()
      last = last.then(async () => {
        await handle(frame)
        if (--waiting <= maxWaiting) socket.resume()
      })
    }
  })
  return () => last
}

async function write(socket: Socket, frame: Buffer): Promise<void> {
  if (socket.destroyed || socket.write(frame)) return
  await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
}
