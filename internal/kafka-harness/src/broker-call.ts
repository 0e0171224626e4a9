import { connect } from 'node:net'
import { BodyReader, type BodyWriter } from './body.ts'

/** One request to a plain listener on loopback. */
export interface BrokerCall {
  readonly port: number
  readonly apiKey: number
  readonly version: number
  /** Whether header and body are of the compact encoding. @default false */
  readonly isFlexible?: boolean
  readonly body: BodyWriter
  /** @default 1000 */
  readonly timeoutMs?: number
}

/** Makes one request on a connection of its own; undefined where nobody answers in time. */
export function callBroker(call: BrokerCall): Promise<BodyReader | undefined> {
  const { port, apiKey, version, isFlexible = false, timeoutMs = 1_000 } = call
  const clientId = Buffer.from('harness')
  const header = Buffer.alloc(10)
  header.writeInt16BE(apiKey, 0)
  header.writeInt16BE(version, 2)
  header.writeInt32BE(1, 4)
  header.writeInt16BE(clientId.length, 8)
  const frame = Buffer.concat([header, clientId, Buffer.alloc(isFlexible ? 1 : 0), call.body.finish()])
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (answer: BodyReader | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    let received = Buffer.alloc(0)
    socket.setTimeout(timeoutMs, () => finish(undefined))
    socket.once('error', () => finish(undefined))
    socket.once('close', () => finish(undefined))
    socket.once('connect', () => socket.write(Buffer.concat([size, frame])))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      // Size and correlation id lie before the body, and the tags of the compact header.
      finish(new BodyReader(received.subarray(isFlexible ? 9 : 8)))
    })
  })
}
