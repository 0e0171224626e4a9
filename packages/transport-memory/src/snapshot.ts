import { open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { describeThrown, StreamError } from '@stream/core/adapter'
import type { Broker } from './broker.ts'
import { recordsOf, restore, stateOf } from './log-state.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot-format.ts'

/**
 * Where a log is kept between two runs of a process. The file is always a whole log of one moment: after a crash everything since the
 * last write is gone, records, offsets and transactions alike.
 */
export interface SnapshotOptions {
  /** The file; its folder has to exist. */
  readonly path: string
  /** How often it is written while there is something new. @default 5000 */
  readonly intervalMs?: number
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === code
}

/** Makes a rename last: until the folder is written, a power failure may bring the former file back. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Keeps a log in a file: read once, written again and again, each time as a whole. */
export class Snapshot {
  readonly path: string
  readonly #broker: Broker
  readonly #intervalMs: number
  /** The state that the file holds. */
  #saved = ''
  #writing: Promise<void> = Promise.resolve()

  constructor(broker: Broker, options: SnapshotOptions) {
    this.path = resolve(options.path)
    this.#broker = broker
    this.#intervalMs = options.intervalMs ?? 5000
  }

  /** Puts the file into the log, which has to be empty; without a file the log stays as it is. */
  async load(): Promise<void> {
    const { path } = this
    await this.#checkFolder()
    let buffer: Buffer
    try {
      buffer = await readFile(path)
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) {
        this.#scheduleSave()
        return
      }
      throw new StreamError({
        code: 'STREAM_CONFIG_INVALID',
        message: `The snapshot ${path} cannot be read: ${describeThrown(cause)}. Give a file that this process may read and write.`,
        place: { path },
        cause,
      })
    }
    if (this.#broker.topics.size > 0) {
      throw new StreamError({
        code: 'STREAM_STATE_INVALID',
        message: `The snapshot ${path} cannot be loaded into a log that has topics already. Give it to the first transport of the log.`,
        place: { path },
      })
    }
    const { state, records } = decodeSnapshot(buffer, path)
    restore(this.#broker, state, records)
    this.#saved = JSON.stringify(stateOf(this.#broker))
    this.#scheduleSave()
  }

  /** Writes the file unless it holds this very state; one write at a time. Rejects with `STREAM_STORE_FAILED`. */
  save(): Promise<void> {
    const saved = this.#writing.then(() => this.#write())
    this.#writing = saved.catch(() => {})
    return saved
  }

  async #write(): Promise<void> {
    const { path } = this
    const meta = JSON.stringify(stateOf(this.#broker))
    if (meta === this.#saved) return
    const buffer = encodeSnapshot(meta, recordsOf(this.#broker))
    const draft = `${path}.tmp`
    try {
      const file = await open(draft, 'w')
      try {
        await file.writeFile(buffer)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, path)
      await syncFolder(dirname(path))
    } catch (cause) {
      throw new StreamError({
        code: 'STREAM_STORE_FAILED',
        message: `The snapshot ${path} cannot be written: ${describeThrown(cause)}. The file still holds what was written before.`,
        place: { path },
        retryable: true,
        cause,
      })
    }
    this.#saved = meta
  }

  #scheduleSave(): void {
    this.#broker.timers.after(this.#intervalMs, () => {
      this.save()
        .catch((cause: unknown) => this.#broker.report('error', describeThrown(cause)))
        .finally(() => this.#scheduleSave())
    })
  }

  async #checkFolder(): Promise<void> {
    const folder = dirname(this.path)
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (isFolder) return
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: `The snapshot ${this.path} has no folder to be in. Create ${folder}, or name another file.`,
      place: { path: this.path },
    })
  }
}
