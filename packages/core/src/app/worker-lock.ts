import { createHash } from 'node:crypto'
import { open, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeThrown, StreamError } from '../errors/index.ts'

/** A lock that the system frees with the process, however that ends. */
export interface WorkerLock {
  release(): Promise<void>
}

/** A socket's address has to fit in the kernel's `sun_path`, 104 bytes on the smallest system. */
const longestSocketPath = 100
const attempts = 100
const retryMs = 20
const abandonedMs = 10_000

/**
 * Locks a file name for this process: a Unix socket held open (a named pipe on Windows). A socket file that a killed process left behind
 * refuses connections, and is taken over.
 *
 * @throws STREAM_STATE_INVALID where another process holds it, named by process id and host
 */
export async function lockWorker(file: string, what: string): Promise<WorkerLock> {
  const path = socketPath(file)
  for (let attempt = 1; ; attempt++) {
    const lock = await tryListen(path, what)
    if (lock !== undefined) return lock
    const holder = await askHolder(path)
    if (holder !== undefined) throw held(what, holder)
    const taken = await takeOver(path, `${file}.takeover`, what)
    if (taken !== undefined) return taken
    if (attempt === attempts) throw held(what, 'a process that is about to take it over')
    await delay(retryMs)
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
 * Removing a dead process's socket and listening on one's own is two steps, and a third process must not remove the new one in between:
 * so only who could create the file `takeover` does it, and looks again before. Undefined where another process was quicker.
 */
async function takeOver(path: string, takeover: string, what: string): Promise<WorkerLock | undefined> {
  try {
    await (await open(takeover, 'wx')).close()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotLock(what, path, thrown)
    await removeAbandoned(takeover)
    return undefined
  }
  try {
    if ((await askHolder(path)) !== undefined) return undefined
    await unlink(path).catch(() => undefined)
    return await tryListen(path, what)
  } finally {
    await unlink(takeover).catch(() => undefined)
  }
}

/** A takeover lasts milliseconds; one that is much older died in the middle. */
async function removeAbandoned(takeover: string): Promise<void> {
  const found = await stat(takeover).catch(() => undefined)
  if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await unlink(takeover).catch(() => undefined)
}

async function tryListen(path: string, what: string): Promise<WorkerLock | undefined> {
  try {
    return await listen(path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw cannotLock(what, path, thrown)
  }
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
