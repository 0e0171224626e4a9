import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'

const socketName = /^lock-[0-9a-f]{8}$/
/** Systems take about a hundred bytes for the path of a socket. */
const mostPathBytes = 90

/** Who holds a directory, as it is written there; whatever it is that was read. */
interface Holder {
  readonly pid?: unknown
  readonly host?: unknown
  readonly app?: unknown
  readonly since?: unknown
}

/**
 * Holds a directory with a Unix socket in it that is listened on: the system frees it with the process. Who wants the directory listens
 * first, on a socket of its own, and then looks whether anybody else does; so of two who come at once, at least one sees the other.
 */
export class DirectoryLock {
  readonly #path: string
  readonly #server: Server
  readonly #name: string

  private constructor(path: string, server: Server, name: string) {
    this.#path = path
    this.#server = server
    this.#name = name
  }

  /** @throws STREAM_STATE_INVALID where another one holds it */
  static async take(path: string, appId: string): Promise<DirectoryLock> {
    const name = `lock-${randomBytes(4).toString('hex')}`
    const server = await inside(path, (directory) => listen(join(directory, name)))
    const lock = new DirectoryLock(path, server, name)
    try {
      await lock.#requireAlone()
      const holder: Holder = { pid: process.pid, host: hostname(), app: appId, since: new Date().toISOString() }
      await writeFile(join(path, 'holder.json'), `${JSON.stringify(holder)}\n`)
    } catch (error) {
      await lock.#end()
      throw error
    }
    return lock
  }

  async free(): Promise<void> {
    await rm(join(this.#path, 'holder.json'), { force: true }).catch(() => undefined)
    await this.#end()
  }

  async #requireAlone(): Promise<void> {
    for (const other of await readdir(this.#path)) {
      if (!socketName.test(other) || other === this.#name) continue
      if (await inside(this.#path, (directory) => isListenedOn(join(directory, other))))
        throw await heldError(this.#path)
      await rm(join(this.#path, other), { force: true })
    }
  }

  async #end(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await rm(join(this.#path, this.#name), { force: true }).catch(() => undefined)
  }
}

/** Gives the directory a short name for as long as it is needed, where its own is too long. */
async function inside<T>(path: string, work: (directory: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= mostPathBytes) return work(path)
  const made = await mkdtemp(join(tmpdir(), 'lock-'))
  try {
    await symlink(path, join(made, 'd'))
    return await work(join(made, 'd'))
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

function listen(socket: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.once('error', reject)
    server.listen(socket, () => resolve(server.unref()))
  })
}

/** Only a plain refusal means that nobody listens. */
function isListenedOn(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

async function heldError(path: string): Promise<StreamError> {
  const holder = describe(await readHolder(path))
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The state directory ${path} is in use by ${holder}. Stop that one first, or give every worker a path of its own.`,
    place: { store: 'memory', path, holder },
  })
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return Object(JSON.parse(await readFile(join(path, 'holder.json'), 'utf8'))) as Holder
  } catch {
    return undefined
  }
}

function describe(holder: Holder | undefined): string {
  if (holder === undefined) return 'a process that has only just started or is about to end'
  const { pid, host, app, since } = holder
  const who = pid === process.pid && host === hostname() ? 'this process' : `process ${String(pid)}`
  return `${who} on ${String(host)} (app "${String(app)}", since ${String(since)})`
}
