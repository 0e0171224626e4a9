import { join, resolve } from 'node:path'
import {
  contractVersion,
  type Store,
  type StoreContext,
  type StorePartition,
  type StorePartitionId,
  type StoreSupports,
  type StoreWrite,
  StreamError,
} from '@stream/core/adapter'
import { invalidOption, type SettledSnapshot } from './memory-options.ts'
import { MemoryPartition } from './memory-partition.ts'
import { PartitionRows } from './partition-rows.ts'
import { Snapshots } from './snapshot/index.ts'

/** Keeps the rows of closed partitions, so that a task that leaves and comes back within the process replays only what it missed. */
export class MemoryStore implements Store {
  readonly contract: number = contractVersion
  readonly name: string = 'memory'
  readonly supports: StoreSupports
  readonly #snapshot: SettledSnapshot | undefined
  readonly #tables: Map<string, Map<number, PartitionRows>> = new Map()
  readonly #open: Map<PartitionRows, MemoryPartition> = new Map()
  /** Partitions whose snapshots are being read or removed. */
  readonly #busy: Set<string> = new Set()
  #snapshots: Snapshots | undefined
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(snapshot: SettledSnapshot | undefined) {
    this.#snapshot = snapshot
    this.supports = Object.freeze({ persistent: snapshot !== undefined, ordered: true, shared: false })
  }

  async start(context: StoreContext): Promise<void> {
    this.#assertNotClosed()
    const snapshot = this.#snapshot
    if (snapshot === undefined) return
    if (this.#starting !== undefined) throw startedTwice()
    this.#starting = this.#start(snapshot, context)
    await this.#starting
  }

  async #start({ path, intervalMs }: SettledSnapshot, context: StoreContext): Promise<void> {
    this.#snapshots = await Snapshots.start({ path: placeOf(path, context), intervalMs, context })
  }

  async open(id: StorePartitionId): Promise<StorePartition> {
    this.#assertNotClosed()
    const own = { table: id.table, partition: id.partition }
    const kept = this.#tables.get(own.table)?.get(own.partition)
    if (this.#busy.has(nameOf(own)) || (kept !== undefined && this.#open.has(kept))) throw openAlready(own)
    if (this.#snapshot === undefined) return this.#hold(own, kept ?? new PartitionRows(), undefined)
    const snapshots = this.#useSnapshots()
    return this.#hold(own, kept ?? (await this.#load(own, snapshots)), snapshots)
  }

  async #load(id: StorePartitionId, snapshots: Snapshots): Promise<PartitionRows> {
    this.#busy.add(nameOf(id))
    try {
      const found = await snapshots.load(id)
      this.#assertNotClosed()
      const rows = found ?? new PartitionRows()
      snapshots.keep(id, rows, found !== undefined)
      return rows
    } finally {
      this.#busy.delete(nameOf(id))
    }
  }

  #hold(id: StorePartitionId, rows: PartitionRows, snapshots: Snapshots | undefined): StorePartition {
    let partitions = this.#tables.get(id.table)
    if (partitions === undefined) this.#tables.set(id.table, (partitions = new Map()))
    partitions.set(id.partition, rows)
    const partition = new MemoryPartition(id, rows, async ({ destroy }) => {
      this.#open.delete(rows)
      if (!destroy) return
      partitions.delete(id.partition)
      if (snapshots === undefined) return
      // Not to be opened before the file is gone.
      this.#busy.add(nameOf(id))
      await snapshots.remove(id, rows).finally(() => this.#busy.delete(nameOf(id)))
    })
    this.#open.set(rows, partition)
    return partition
  }

  apply(writes: readonly StoreWrite[]): void {
    this.#assertNotClosed()
    const partitions = writes.map((write) => this.#ownPartition(write.partition))
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i] as StoreWrite
      ;(partitions[i] as MemoryPartition).write(write.rows, write.position)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => undefined)
    await Promise.all([...this.#open.values()].map((partition) => partition.close()))
    await this.#snapshots?.close()
    this.#tables.clear()
  }

  /** Checked for all partitions before the first row is written, so that a refused call has written nothing. */
  #ownPartition(partition: StorePartition): MemoryPartition {
    const rows = this.#tables.get(partition.id.table)?.get(partition.id.partition)
    const own = rows && this.#open.get(rows)
    if (own === partition) return own
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: `Partition ${partition.id.partition} of table ${partition.id.table} is not open in this memory store: write to the partition that its open() returned last.`,
      place: { table: partition.id.table, partition: partition.id.partition },
    })
  }

  #useSnapshots(): Snapshots {
    if (this.#snapshots !== undefined) return this.#snapshots
    throw new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: 'The store memory is used before it has started: await start() first.',
      place: { store: 'memory' },
    })
  }

  #assertNotClosed(): void {
    if (this.#closing === undefined) return
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: 'The memory store is closed and its rows are gone: make a new one.',
    })
  }
}

function placeOf(path: string | undefined, { appId, stateDir }: StoreContext): string {
  if (path !== undefined) return resolve(path)
  if (stateDir !== undefined) return resolve(join(stateDir, `${appId}.memory`))
  throw invalidOption(
    'snapshot.path',
    'is missing: give memory({ snapshot: { path } }), memory://./state, or the setting stateDir',
  )
}

function nameOf({ table, partition }: StorePartitionId): string {
  return `${partition}:${table}`
}

function openAlready({ table, partition }: StorePartitionId): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `Partition ${partition} of table ${table} is open in the memory store already: close it before it is opened again.`,
    place: { table, partition },
  })
}

function startedTwice(): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: 'The store memory with snapshots has been started already: give every app a store of its own.',
    place: { store: 'memory' },
  })
}
