import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describeThrown, type StoreContext, StreamError } from '@stream/core/adapter'
import { Engine, type EngineOptions, engineProblem, loadBinding } from '../database/index.ts'
import { claimDirectory } from './format-file.ts'
import { forgetHolder, heldError, tellHolder, wentDownWithMachine } from './holder-file.ts'
import { hasSeveralLogs, identityOf, lacksBeginning, markDamaged, markedDamage, setAside } from './set-aside.ts'

/** What {@link StateDirectory} is made of. */
export interface StateDirectoryOptions {
  /** Absolute. */
  readonly path: string
  readonly engine: EngineOptions
  readonly context: StoreContext
}

/**
 * The directory of one worker's state: whose it is, who holds it, and the database in it. Besides the database, `rocksdb`, it holds
 * `stream-state.json`, `holder.json` while it is in use, `damaged.txt` until the next start, and databases that were set aside.
 */
export class StateDirectory {
  readonly #options: StateDirectoryOptions
  readonly #database: string

  constructor(options: StateDirectoryOptions) {
    this.#options = options
    this.#database = join(options.path, 'rocksdb')
  }

  /**
   * Takes the directory into use, and opens its database: an empty one in the place of one that is damaged.
   *
   * @throws STREAM_CONFIG_INVALID where it cannot be a directory of ours, STREAM_STATE_INVALID where it is another app's, another version's
   * or another process's, STREAM_STORE_FAILED where the engine cannot open it for another reason
   */
  async open(): Promise<Engine> {
    const { path, context } = this.#options
    try {
      await this.#prepare()
    } catch (error) {
      throw StreamError.from(error, {
        code: 'STREAM_CONFIG_INVALID',
        message: `The state directory ${path} cannot be used${reasonOf(error)}; give rocksdb({ path }) a directory where this process may write`,
        place: { store: 'rocksdb', path },
      })
    }
    const engine = await this.#openSound()
    await tellHolder(path, context.appId)
    return engine
  }

  /** Opens the database again, which this process had open until now. */
  reopen(): Promise<Engine> {
    return Engine.open(loadBinding(), this.#database, this.#options.engine)
  }

  /** The next start sets the database aside. */
  markDamaged(error: StreamError): void {
    const { path, context } = this.#options
    context.log('error', error.message)
    try {
      markDamaged(path, oneLine(error.cause))
    } catch (cause) {
      context.log(
        'error',
        `${path} could not be marked as damaged: ${describeThrown(cause)}; remove it before the next start`,
      )
    }
  }

  /** Just before the database is closed. */
  async leave(): Promise<void> {
    await forgetHolder(this.#options.path).catch(() => undefined)
  }

  async #prepare(): Promise<void> {
    const { path, context } = this.#options
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK)
    await claimDirectory(path, context.appId)
    await mkdir(this.#database, { recursive: true })
  }

  async #openSound(): Promise<Engine> {
    const { path } = this.#options
    const database = this.#database
    const identity = await identityOf(database)
    if (await lacksBeginning(database)) return this.#openAnew('its file CURRENT is missing', identity)
    // Asked before the engine has replayed the logs.
    const mayHaveHoles = (await wentDownWithMachine(path)) && (await hasSeveralLogs(database))
    let engine: Engine
    try {
      engine = await this.reopen()
    } catch (error) {
      const problem = engineProblem(error)
      if (problem === 'locked') throw await heldError(path, error)
      if (problem === 'damaged') return this.#openAnew(oneLine(error), identity)
      throw cannotOpen(path, error)
    }
    const marked = await markedDamage(path)
    if (marked === undefined && !mayHaveHoles) return engine
    // Closed first: until then the engine still writes under this name.
    await engine.close().catch(() => undefined)
    return this.#openAnew(
      marked ?? 'the machine went down while it was in use, so writes may be missing in it',
      identity,
    )
  }

  async #openAnew(why: string, identity: number | undefined): Promise<Engine> {
    const { path, context } = this.#options
    const kept = await setAside(path, this.#database, identity)
    if (kept !== undefined) {
      context.log(
        'error',
        `The database in ${path} cannot be trusted (${why}). It is kept as ${kept}, which can be deleted; its tables are rebuilt from their changelogs.`,
      )
    }
    return this.reopen().catch(async (error: unknown) => {
      throw engineProblem(error) === 'locked' ? await heldError(path, error) : cannotOpen(path, error)
    })
  }
}

function oneLine(error: unknown): string {
  return describeThrown(error).replaceAll(/\s+/g, ' ')
}

function cannotOpen(path: string, error: unknown): StreamError {
  return StreamError.from(error, {
    code: 'STREAM_STORE_FAILED',
    message: `The store rocksdb cannot open ${path}; correct the cause, or remove the directory: its tables are rebuilt from their changelogs`,
    retryable: engineProblem(error) === 'full',
    place: { store: 'rocksdb', path },
  })
}

/** The two mistakes whose system errors say the least. */
function reasonOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (code === 'EEXIST' || code === 'ENOTDIR') return ', since it, or a part of its path, is a file'
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return ', since this process may not write there'
  return ''
}
