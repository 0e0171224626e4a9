import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type StoreContext, type StorePartitionId, StreamError } from '@stream/core/adapter'
import type { PartitionRows } from '../partition-rows.ts'
import { checkTables } from './check-tables.ts'
import { claimDirectory } from './claim-directory.ts'
import { DirectoryLock } from './directory-lock.ts'
import { readHeader, readSnapshot, UnusableSnapshot } from './read-snapshot.ts'
import type { SnapshotHeader } from './snapshot-format.ts'
import { syncDirectory, unfinishedSuffix, writeSnapshot } from './write-snapshot.ts'

const suffix = '.snapshot'
const mostNameCharacters = 150

/**
 * The directory of one worker's snapshots: a file for each partition. Besides them it holds `stream-state.json`, `holder.json` and a socket
 * while it is in use, and files that were set aside.
 */
export class SnapshotFolder {
  readonly #path: string
  readonly #context: StoreContext
  readonly #lock: DirectoryLock
  /** Serdes of the tables, as far as they are known. */
  readonly #formats: Map<string, string>

  private constructor(path: string, context: StoreContext, lock: DirectoryLock) {
    this.#path = path
    this.#context = context
    this.#lock = lock
    this.#formats = new Map((context.tables ?? []).map(({ table, format }) => [table, format]))
  }

  /**
   * Takes the directory into use.
   *
   * @throws STREAM_CONFIG_INVALID where it cannot be a directory of ours, STREAM_STATE_INVALID where it is another app's, another store's
   * or another process's, or where its rows are in another format
   */
  static async open(path: string, context: StoreContext): Promise<SnapshotFolder> {
    try {
      await mkdir(path, { recursive: true })
      await access(path, constants.W_OK)
      const lock = await DirectoryLock.take(path, context.appId)
      const folder = new SnapshotFolder(path, context, lock)
      try {
        await claimDirectory(path, context.appId)
        await folder.#check()
      } catch (error) {
        await lock.free()
        throw error
      }
      return folder
    } catch (error) {
      throw StreamError.from(error, {
        code: 'STREAM_CONFIG_INVALID',
        message: `The state directory ${path} cannot be used${reasonOf(error)}; give memory({ snapshot: { path } }) a local directory where this process may write`,
        place: { store: 'memory', path },
      })
    }
  }

  /** The rows of a partition; undefined where nothing is kept, or nothing that can be used. */
  async load(id: StorePartitionId): Promise<PartitionRows | undefined> {
    const file = this.#fileOf(id)
    try {
      const { header, rows } = await readSnapshot(file)
      if (header.table === id.table && header.partition === id.partition) return rows
      throw new UnusableSnapshot(`it holds partition ${header.partition} of ${header.table}`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      if (error instanceof UnusableSnapshot) return this.#setAside(file, error.message)
      throw this.#failed(`cannot read ${file}`, error)
    }
  }

  /** Writes the rows as they are now; true once they are on the disk, false where it was not wanted any more. */
  async save(id: StorePartitionId, rows: PartitionRows, isWanted: () => boolean): Promise<boolean> {
    if (rows.position === undefined) return false
    const format = this.#formats.get(id.table)
    const header: SnapshotHeader = {
      app: this.#context.appId,
      table: id.table,
      partition: id.partition,
      changelogOffset: rows.position.changelogOffset,
      writtenAtMs: rows.position.writtenAtMs,
      ...(format !== undefined && { format }),
    }
    try {
      return await writeSnapshot({ file: this.#fileOf(id), header, image: rows.beginImage(), isWanted })
    } finally {
      rows.endImage()
    }
  }

  /** @throws STREAM_STORE_FAILED, retryable */
  async remove(id: StorePartitionId): Promise<void> {
    const file = this.#fileOf(id)
    try {
      await rm(file, { force: true })
      await syncDirectory(this.#path)
    } catch (error) {
      throw this.#failed(`cannot remove ${file}`, error)
    }
  }

  async close(): Promise<void> {
    await this.#lock.free()
  }

  async #check(): Promise<void> {
    const headers: SnapshotHeader[] = []
    for (const name of await readdir(this.#path)) {
      const file = join(this.#path, name)
      if (name.endsWith(`${suffix}${unfinishedSuffix}`)) await rm(file, { force: true })
      if (!name.endsWith(suffix)) continue
      try {
        const header = await readHeader(file)
        headers.push(header)
        if (header.format !== undefined && !this.#formats.has(header.table)) {
          this.#formats.set(header.table, header.format)
        }
      } catch (error) {
        if (!(error instanceof UnusableSnapshot)) throw error
        await this.#setAside(file, error.message)
      }
    }
    checkTables(this.#path, headers, this.#context)
  }

  async #setAside(file: string, why: string): Promise<undefined> {
    const kept = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
    try {
      await rename(file, kept)
    } catch (error) {
      throw this.#failed(`cannot set ${file} aside`, error)
    }
    this.#context.log(
      'error',
      `The snapshot ${file} cannot be used (${why}). It is kept as ${kept}, which can be deleted; its partition is rebuilt from the changelog.`,
    )
  }

  /** Names of tables may be too long for a file, or differ in case only: the beginning tells people, the digest tells files apart. */
  #fileOf({ table, partition }: StorePartitionId): string {
    const readable = table.replaceAll(/[^\w.-]/g, '_').slice(0, mostNameCharacters)
    const digest = createHash('sha256').update(table).digest('hex').slice(0, 16)
    return join(this.#path, `${readable}-${partition}-${digest}${suffix}`)
  }

  #failed(what: string, cause: unknown): StreamError {
    return StreamError.from(cause, {
      code: 'STREAM_STORE_FAILED',
      message: `The store memory ${what}; correct the cause, or remove the directory: its tables are rebuilt from their changelogs`,
      retryable: true,
      place: { store: 'memory', path: this.#path },
    })
  }
}

/** The mistakes whose system errors say the least. */
function reasonOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (code === 'EEXIST' || code === 'ENOTDIR') return ', since it, or a part of its path, is a file'
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return ', since this process may not write there'
  return ''
}
