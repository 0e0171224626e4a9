import { describeThrown, type StoreContext, type StorePartitionId } from '@stream/core/adapter'
import type { PartitionRows } from '../partition-rows.ts'
import { SnapshotFolder } from './snapshot-folder.ts'

/** What {@link Snapshots} is made of. */
export interface SnapshotsOptions {
  /** Absolute. */
  readonly path: string
  /** From the end of one round to the beginning of the next. */
  readonly intervalMs: number
  readonly context: StoreContext
}

interface Kept {
  readonly id: StorePartitionId
  /** Of the rows in the file. */
  savedOffset: number | undefined
}

/** Writes what has changed to the folder, one partition after the other, in rounds, and at the end. */
export class Snapshots {
  readonly #folder: SnapshotFolder
  readonly #options: SnapshotsOptions
  readonly #kept: Map<PartitionRows, Kept> = new Map()
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #removals: Promise<unknown> = Promise.resolve()
  #isClosing = false

  private constructor(folder: SnapshotFolder, options: SnapshotsOptions) {
    this.#folder = folder
    this.#options = options
    this.#schedule()
  }

  /** @throws as `SnapshotFolder.open` */
  static async start(options: SnapshotsOptions): Promise<Snapshots> {
    return new Snapshots(await SnapshotFolder.open(options.path, options.context), options)
  }

  /** The rows of the last snapshot, if there is one. */
  load(id: StorePartitionId): Promise<PartitionRows | undefined> {
    return this.#folder.load(id)
  }

  /** From now on the rows are part of the rounds; `isSaved` where they came from the file. */
  keep(id: StorePartitionId, rows: PartitionRows, isSaved: boolean): void {
    this.#kept.set(rows, { id, savedOffset: isSaved ? rows.position?.changelogOffset : undefined })
  }

  /** Ends a snapshot of the rows that is under way, and removes the file. */
  async remove(id: StorePartitionId, rows: PartitionRows): Promise<void> {
    this.#kept.delete(rows)
    const removal = this.#round.then(() => this.#folder.remove(id))
    this.#removals = Promise.allSettled([this.#removals, removal])
    await removal
  }

  /** Writes what is not written yet, and gives the directory free. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#timer)
    await this.#round
    await this.#removals
    await this.#saveChanged(() => true)
    await this.#folder.close()
  }

  #schedule(): void {
    if (this.#isClosing) return
    this.#timer = setTimeout(() => {
      this.#round = this.#saveChanged(() => !this.#isClosing).finally(() => this.#schedule())
    }, this.#options.intervalMs)
    this.#timer.unref()
  }

  async #saveChanged(isWanted: () => boolean): Promise<void> {
    for (const [rows, kept] of [...this.#kept]) {
      const offset = rows.position?.changelogOffset
      const isKept = (): boolean => isWanted() && this.#kept.get(rows) === kept
      if (offset === kept.savedOffset || !isKept()) continue
      try {
        if (await this.#folder.save(kept.id, rows, isKept)) kept.savedOffset = offset
      } catch (error) {
        const { path, context } = this.#options
        context.log(
          'error',
          `The snapshot of partition ${kept.id.partition} of ${kept.id.table} could not be written to ${path}: ${describeThrown(error)}. The former one stays, the app goes on, and ${this.#isClosing ? 'the next start replays more of the changelog' : 'it is tried again with the next round'}.`,
        )
        return
      }
    }
  }
}
