import { StreamError } from '../errors/index.ts'
import { bytes } from '../serde/index.ts'
import { retryPassing } from '../service/index.ts'
import {
  CommittedRows,
  keepForSnapshots,
  type Layer,
  Recoverer,
  type RecoveryProgress,
  TablePartition,
} from '../state/index.ts'
import type { RowWrite, Store, StorePartition } from '../store/index.ts'
import type { GlobalTableDeclaration, ReadableRows, TableDeclaration } from '../topology/index.ts'
import type { Fetched, Reader } from '../transport/index.ts'
import type { EngineOptions } from './engine.ts'
import { GlobalRecords } from './global-record.ts'
import { openRows } from './open-rows.ts'
import type { Waits } from './waits.ts'

/** What a follower needs of its engine. */
export interface FollowerOptions {
  readonly engine: EngineOptions
  readonly waits: Waits
  readonly signal: AbortSignal
  readonly cacheBytesPerPartition: number
  /** Ends the app. */
  fail(error: StreamError): void
  onRecovery(table: string, phase: 'start' | 'progress' | 'end', progress: RecoveryProgress, durationMs: number): void
}

/** What a store knows the rows of a global table by. Two of them may be made of one topic, and one app's are not another's. */
export function storedAs(appId: string, table: GlobalTableDeclaration): string {
  return `${appId}-${table.name}-global`
}

/** Keeps one global table: reads its topic up to the end, then goes on following it. Writes to stores, and never to a log. */
export class GlobalFollower {
  readonly table: GlobalTableDeclaration
  readonly #options: FollowerOptions
  readonly #store: Store
  readonly #records: GlobalRecords
  readonly #reader: Reader
  readonly #recoverer: Recoverer
  readonly #opened: StorePartition[] = []
  #opening: readonly Promise<TablePartition>[] = []
  #parts: readonly TablePartition[] = []
  #following: Promise<void> | undefined
  #isClosed = false

  constructor(table: GlobalTableDeclaration, options: FollowerOptions) {
    const { transport, settings, clock, store } = options.engine
    const fetching = {
      maxPollBytes: settings.maxPollBytes,
      maxPartitionBytes: settings.maxPartitionBytes,
      fetchWaitMs: settings.fetchWaitMs,
    }
    this.table = table
    this.#options = options
    this.#store = table.store ?? store
    this.#records = new GlobalRecords(table, this.#store)
    this.#reader = transport.reader({ isolation: 'read_committed', ...fetching })
    this.#recoverer = new Recoverer(transport, clock, fetching)
  }

  /** Every partition, as its rows are now. */
  get rows(): readonly ReadableRows[] {
    const now = (): number => this.#options.engine.clock.now()
    return this.#parts.map((part) => new CommittedRows(part, now))
  }

  /** Resolves when it holds what was committed in its topic by now; from then on it follows. */
  async start(): Promise<void> {
    const { engine, signal } = this.#options
    const count = engine.partitions.get(this.table.topic.name) ?? 1
    this.#opening = Array.from({ length: count }, (_, partition) => this.#fill(partition))
    const parts = await Promise.all(this.#opening)
    signal.throwIfAborted()
    await this.#recoverer.close()
    this.#parts = parts
    this.#reader.assign(
      parts.map(({ partition, store }) => ({
        topic: this.table.topic.name,
        partition,
        offset: store.position?.changelogOffset ?? 0,
      })),
    )
    this.#following = this.#follow()
  }

  async #fill(partition: number): Promise<TablePartition> {
    const { engine, waits, signal } = this.#options
    const { topic, name } = this.table
    const log = { topic: topic.name, partition }
    const wait = waits.begin(`the store ${this.#store.name} to open global table ${name}, partition ${partition}`, {
      table: name,
      ...log,
    })
    try {
      const rows = await openRows({
        store: this.#store,
        changelog: log,
        storedAs: storedAs(engine.appId, this.table),
        reader: this.#reader,
        deleteRetentionMs: engine.deleteRetentionMs.get(topic.name),
        clock: engine.clock,
        log: engine.log,
      })
      this.#opened.push(rows)
      const startedAtMs = engine.clock.monotonicMs()
      const tell = (phase: 'start' | 'progress' | 'end', progress: RecoveryProgress): void => {
        wait.step(`the topic ${topic.name}-${partition}, read to ${progress.position} of ${progress.end}`)
        this.#options.onRecovery(name, phase, progress, engine.clock.monotonicMs() - startedAtMs)
      }
      wait.step(`the ends of the topic ${topic.name}-${partition}`)
      const { position, rows: read } = await this.#recoverer.recover({
        changelog: log,
        store: this.#store,
        rows,
        from: rows.position?.changelogOffset,
        // What others leave uncommitted is none of its rows, and may stay so for ever.
        until: 'read_committed',
        check: (record) => void this.#records.rowOf(record, partition),
        giveUpAfterMs: engine.settings.taskTimeoutMs,
        signal,
        onStart: (progress) => tell('start', progress),
        onProgress: (progress) => tell('progress', progress),
      })
      const { changelogOffset } = position
      tell('end', { changelog: log, position: changelogOffset, end: changelogOffset, rows: read })
      wait.step(`the store ${this.#store.name} to take the position of global table ${name}, partition ${partition}`)
      await this.#store.apply([{ partition: rows, rows: [], position }])
      return this.#partOf(partition, rows)
    } finally {
      wait.end()
    }
  }

  #partOf(partition: number, store: StorePartition): TablePartition {
    const { name, topic } = this.table
    const table: TableDeclaration = {
      kind: 'table',
      name,
      key: topic.key,
      value: topic.value,
      changelog: { ...topic, key: bytes(), value: bytes() },
    }
    const { cacheBytesPerPartition: cacheBytes, engine } = this.#options
    const { freezeValues } = engine.settings
    return new TablePartition({ table, partition, store, isShared: false, cacheBytes, freezeValues })
  }

  async #follow(): Promise<void> {
    const { engine, waits, fail } = this.#options
    const { fetchWaitMs } = engine.settings
    const what = `records of the global table ${this.table.name}`
    try {
      while (!this.#isClosed) {
        const polled = this.#reader.poll({ maxWaitMs: fetchWaitMs })
        const batches = await waits.until(polled, what, { table: this.table.name }, fetchWaitMs)
        for (const batch of batches) if (!this.#isClosed) await this.#take(batch)
        // A poll that is answered at once must not keep others from their turn.
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    } catch (error) {
      // What the end of the reader or of the store cut short.
      if (this.#isClosed) return
      const { name, topic } = this.table
      const message = `The global table "${name}" could not follow its topic ${topic.name}`
      fail(StreamError.from(error, { code: 'STREAM_INTERNAL', message, place: { table: name, topic: topic.name } }))
    }
  }

  async #take(batch: Fetched): Promise<void> {
    const part = this.#parts[batch.partition]
    if (part === undefined) return
    if (batch.error !== undefined) throw this.#cutOff(batch, batch.error)
    const position = part.store.position?.changelogOffset ?? 0
    if (batch.nextOffset <= position) return
    const layer: Layer = new Map()
    for (const record of batch.records) {
      if (record.offset < position) continue
      const [id, entry] = this.#records.rowOf(record, batch.partition)
      layer.set(id, entry)
    }
    await this.#apply(part, layer, batch.nextOffset)
  }

  async #apply(part: TablePartition, layer: Layer, changelogOffset: number): Promise<void> {
    const { engine, waits, signal } = this.#options
    const { clock, settings } = engine
    const { name } = this.table
    const rows = Array.from(layer.values(), ({ keyBytes, bytes: value }): RowWrite => [keyBytes, value])
    const write = { partition: part.store, rows, position: { changelogOffset, writtenAtMs: clock.now() } }
    const place = { table: name, partition: part.partition }
    const wait = waits.begin(`the store ${this.#store.name} to take rows of global table ${name}`, place)
    try {
      // As with a cut: readers see all of the batch from here on, and scans under way keep what it changes.
      part.frozen = layer
      part.isFrozenCommitted = true
      await keepForSnapshots(part, rows)
      const giveUpAtMs = clock.monotonicMs() + settings.taskTimeoutMs
      await retryPassing(() => this.#store.apply([write]), { clock, giveUpAtMs, firstPauseMs: 50, signal })
      part.dropFrozen()
    } finally {
      wait.end()
    }
  }

  #cutOff({ partition }: Fetched, cause: StreamError): StreamError {
    if (cause.code !== 'STREAM_OFFSET_OUT_OF_RANGE') return cause
    const { name, topic } = this.table
    const offset = this.#parts[partition]?.store.position?.changelogOffset
    return new StreamError({
      code: cause.code,
      message: `${topic.name}-${partition} does not hold offset ${offset} any more, where the global table "${name}" goes on: its topic was cut off or made anew, and rows may be missing. Start the app again: it reads the topic from its beginning then`,
      cause,
      place: { table: name, topic: topic.name, partition, ...(offset === undefined ? {} : { offset }) },
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#parts = []
    await this.#recoverer.close()
    await this.#reader.close()
    await this.#following
    // One of them may be about to open its store, which would stay open.
    await Promise.allSettled(this.#opening)
    await Promise.all(this.#opened.map((rows) => rows.close()))
  }
}
