import { statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type MaybePromise, StreamError } from '@stream/core/adapter'
import type { BatchWriter, Engine } from './engine.ts'
import { engineProblem } from './engine-problem.ts'

/** What a database needs to open its files again, and to tell of damage. */
export interface DatabaseOptions {
  /** For messages, and to see how much room there is. */
  readonly path: string
  /** Room that must be there before a database that met a full disk is opened again. */
  readonly roomBytes: number
  /** Opens the files again. */
  readonly reopen: () => Promise<Engine>
  /** Told once, when the engine finds files that are not as they were written. */
  readonly onDamage: (error: StreamError) => void
  /** Told when writing has failed, and when it goes on. */
  readonly log: (level: 'warn' | 'info', message: string) => void
}

const reopenIntervalMs = 500

/**
 * The engine, kept usable. After a failed write it takes no more of them until its files are opened again, however much room there is
 * by then; so that is done with the next write. Reads are answered at once, and wait only while the files are being opened.
 */
export class Database {
  readonly #options: DatabaseOptions
  /** Undefined while its files are closed. */
  #engine: Engine | undefined
  /** Why nothing can be written until the files are opened again. */
  #failure: StreamError | undefined
  #damage: StreamError | undefined
  #reopening: Promise<void> | undefined
  #isClosed = false

  constructor(engine: Engine, options: DatabaseOptions) {
    this.#engine = engine
    this.#options = options
  }

  /** Reads at once where the files are open. Throws or rejects with `STREAM_STORE_FAILED` where they cannot be read. */
  read<T>(read: (engine: Engine) => MaybePromise<T>): MaybePromise<T> {
    const engine = this.#engine
    if (engine === undefined) return this.#untilOpen().then(() => this.read(read))
    try {
      const answer = read(engine)
      if (!(answer instanceof Promise)) return answer
      return answer.catch((error: unknown) => {
        throw this.#failed(error, 'read')
      })
    } catch (error) {
      throw this.#failed(error, 'read')
    }
  }

  /**
   * Writes a batch, at once where no write has failed before. Throws or rejects with `STREAM_STORE_FAILED`, retryable where it may succeed
   * later; nothing of the batch is written then.
   */
  write(fill: (batch: BatchWriter) => void): MaybePromise<void> {
    if (this.#failure !== undefined || this.#engine === undefined) {
      return this.#reopen().then(() => this.#write(fill))
    }
    return this.#write(fill)
  }

  #write(fill: (batch: BatchWriter) => void): void {
    if (this.#engine === undefined) throw this.#failure ?? this.#closedError()
    try {
      this.#engine.write(fill)
    } catch (error) {
      const failure = this.#failed(error, 'write')
      this.#failure ??= failure
      throw failure
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#reopening?.catch(() => undefined)
    const engine = this.#engine
    this.#engine = undefined
    // An engine that cannot write any more says so once again when it is closed.
    await engine?.close().catch(() => undefined)
  }

  /** One at a time, for all who wait for it. */
  #reopen(): Promise<void> {
    this.#reopening ??= this.#reopenOnce().finally(() => {
      this.#reopening = undefined
    })
    return this.#reopening
  }

  async #reopenOnce(): Promise<void> {
    if (this.#isClosed) throw this.#closedError()
    if (this.#damage !== undefined) throw this.#damage
    await this.#requireRoom()
    const engine = this.#engine
    this.#engine = undefined
    await engine?.close().catch(() => undefined)
    try {
      this.#engine = await this.#options.reopen()
    } catch (error) {
      this.#failure = this.#failed(error, 'open')
      throw this.#failure
    }
    this.#failure = undefined
    this.#options.log('info', `The store rocksdb in ${this.#options.path} writes again.`)
  }

  /** The old files stay open for reads until there is room: opening them again writes, too. */
  async #requireRoom(): Promise<void> {
    const failure = this.#failure
    if (failure === undefined || engineProblem(failure.cause) !== 'full') return
    const { path, roomBytes } = this.#options
    const found = await statfs(path).catch(() => undefined)
    if (found !== undefined && found.bavail * found.bsize < roomBytes) throw failure
  }

  async #untilOpen(): Promise<void> {
    while (this.#engine === undefined) {
      try {
        await this.#reopen()
      } catch (error) {
        if (this.#isClosed || !(StreamError.is(error) && error.retryable)) throw error
        await delay(reopenIntervalMs, undefined, { ref: false })
      }
    }
  }

  #failed(error: unknown, what: 'read' | 'write' | 'open'): StreamError {
    if (StreamError.is(error)) return error
    const { path, roomBytes, onDamage, log } = this.#options
    const problem = engineProblem(error)
    const failure = StreamError.from(error, {
      code: 'STREAM_STORE_FAILED',
      message: `The store rocksdb in ${path} cannot ${what} (${remedies[problem](roomBytes)})`,
      retryable: what !== 'read' && problem !== 'damaged' && problem !== 'locked',
      place: { store: 'rocksdb', path, problem },
    })
    if (problem === 'damaged' && this.#damage === undefined) {
      this.#damage = failure
      onDamage(failure)
    } else if (this.#failure === undefined && what === 'write') log('warn', failure.message)
    return failure
  }

  #closedError(): StreamError {
    return new StreamError({
      code: 'STREAM_CLOSED',
      message: `The store rocksdb in ${this.#options.path} is closed: make a new one.`,
    })
  }
}

const remedies: Readonly<Record<ReturnType<typeof engineProblem>, (roomBytes: number) => string>> = {
  locked: () => 'another process has taken its directory: stop one of the two',
  damaged: () => 'its files are damaged: at the next start they are set aside and rebuilt from the changelogs',
  full: (roomBytes) =>
    `the disk is full: free some room, it goes on by itself when there are ${Math.ceil(roomBytes / 1024 / 1024)} MiB`,
  denied: () => 'this process may not: give it the permission to read and write there',
  short: () => 'the process has reached a limit: raise its limits of open files (ulimit -n) and memory',
  other: () => 'look at the disk; where files are lost, delete the directory, it is rebuilt from the changelogs',
}
