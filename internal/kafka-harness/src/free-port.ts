import { createServer } from 'node:net'

/**
 * Finds ports on loopback that nobody listens on. They lie below the range from which systems take the ports of outgoing
 * connections (32768 and up on Linux), so that a node which is down for a moment does not lose its port to a client.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) {
    const port = 18_000 + Math.floor(Math.random() * 14_000)
    if (!found.includes(port) && (await isFree(port))) found.push(port)
  }
  return found
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
