import { connect } from 'node:net'

const apiVersions = 18
const findCoordinator = 10

/** Whether the node answers clients: an ApiVersions request comes back without an error. */
export async function answersClients(port: number): Promise<boolean> {
  const answer = await request(port, apiVersions, 0, Buffer.alloc(0))
  return answer !== undefined && answer.readInt16BE(0) === 0
}

/** Whether the coordinators of groups and of transactions are there. Asking makes the node create their topics. */
export async function hasCoordinators(port: number): Promise<boolean> {
  for (const keyType of [0, 1]) {
    const key = Buffer.from('probe')
    const body = Buffer.concat([int16(key.length), key, Buffer.from([keyType])])
    const answer = await request(port, findCoordinator, 1, body)
    // Throttle time comes first, then the error code.
    if (answer === undefined || answer.readInt16BE(4) !== 0) return false
  }
  return true
}

/** One request on a connection of its own; undefined where nobody answers within a second. */
function request(port: number, apiKey: number, version: number, body: Buffer): Promise<Buffer | undefined> {
  const clientId = Buffer.from('probe')
  const header = Buffer.concat([int16(apiKey), int16(version), int32(1), int16(clientId.length), clientId])
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (answer: Buffer | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    let received = Buffer.alloc(0)
    socket.setTimeout(1_000, () => finish(undefined))
    socket.once('error', () => finish(undefined))
    socket.once('close', () => finish(undefined))
    socket.once('connect', () => socket.write(Buffer.concat([int32(header.length + body.length), header, body])))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      // Size and correlation id lie before the body.
      finish(received.subarray(8))
    })
  })
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
