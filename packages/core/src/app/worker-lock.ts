import { createHash } from 'node:crypto'
import { link, rename, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeThrown, StreamError } from '../errors/index.ts'

/** A lock that the system frees with the process, however that ends. */
export interface WorkerLock {
  release(): Promise<void>
}

/** A socket's address has to fit in the kernel's `sun_path`, 104 bytes on the smallest system. */
const longestSocketPath = 100

/**
 * Locks a file name for this process: a Unix socket held open (a named pipe on Windows). A socket file that a killed process left behind
 * refuses connections, and is taken over.
 *
 * @throws STREAM_STATE_INVALID where another process holds it, named by process id and host
 */
export async function lockWorker(file: string, what: string): Promise<WorkerLock> {
  const path = socketPath(file)
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(path)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 3) throw cannotLock(what, path, thrown)
    }
    const holder = await askHolder(path)
    if (holder !== undefined) throw held(what, holder)
    await removeStale(path)
  }
}

function socketPath(file: string): string {
  const digest = (): string => createHash('sha256').update(file).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\stream-${digest()}`
  return Buffer.byteLength(file) <= longestSocketPath ? file : join(tmpdir(), `stream-${digest()}.lock`)
}

function listen(path: string): Promise<WorkerLock> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(`process ${process.pid} on ${hostname()}`)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      // The lock lives as long as the process, and is no reason for the process to live.
      server.unref()
      resolve({ release: () => close(server) })
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** What the holder says about itself; undefined where nobody is there. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(path)
    socket.setEncoding('utf8').setTimeout(2_000)
    socket.on('data', (text: string) => (answer += text))
    socket.on('error', () => resolve(undefined))
    socket.on('timeout', () => {
      resolve('a process that does not answer')
      socket.destroy()
    })
    socket.on('end', () => resolve(answer))
  })
}

/**
 * Another process may have taken the file over since it was found stale. So it is moved away first, which only one can do, and put back
 * should it turn out to be alive.
 */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await askHolder(aside)) !== undefined) await link(aside, path).catch(() => undefined)
  await unlink(aside).catch(() => undefined)
}

function held(what: string, holder: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `${what} is in use by ${holder}; give every worker a \`stateDir\` of its own`,
    place: { holder },
  })
}

function cannotLock(what: string, path: string, cause: unknown): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `${what} cannot be locked by the socket ${path}: ${describeThrown(cause)}; give a \`stateDir\` on a local disk where this process may write, or a \`workerId\``,
    cause,
  })
}
