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
import { MemoryPartition } from './memory-partition.ts'
import { PartitionRows } from './partition-rows.ts'

const supports: StoreSupports = Object.freeze({ persistent: false, ordered: true, shared: false })

/** Keeps the rows of closed partitions, so that a task that leaves and comes back within the process replays only what it missed. */
export class MemoryStore implements Store {
  readonly contract: number = contractVersion
  readonly name: string = 'memory'
  readonly supports: StoreSupports = supports
  readonly #tables: Map<string, Map<number, PartitionRows>> = new Map()
  readonly #open: Map<PartitionRows, MemoryPartition> = new Map()
  #isClosed = false

  async start(_context: StoreContext): Promise<void> {
    this.#assertNotClosed()
  }

  async open(id: StorePartitionId): Promise<StorePartition> {
    this.#assertNotClosed()
    const rows = this.#rowsOf(id)
    if (this.#open.has(rows)) {
      throw new StreamError({
        code: 'STREAM_STATE_INVALID',
        message: `Partition ${id.partition} of table ${id.table} is open in the memory store already: close it before it is opened again.`,
        place: { table: id.table, partition: id.partition },
      })
    }
    const partition = new MemoryPartition({ table: id.table, partition: id.partition }, rows, ({ destroy }) => {
      this.#open.delete(rows)
      if (destroy) this.#tables.get(id.table)?.delete(id.partition)
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

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.all([...this.#open.values()].map((partition) => partition.close()))
    this.#tables.clear()
  }

  #rowsOf(id: StorePartitionId): PartitionRows {
    let partitions = this.#tables.get(id.table)
    if (partitions === undefined) this.#tables.set(id.table, (partitions = new Map()))
    let rows = partitions.get(id.partition)
    if (rows === undefined) partitions.set(id.partition, (rows = new PartitionRows()))
    return rows
  }

  /** Checked for all partitions before the first row is written, so that a refused call has written nothing. */
  #ownPartition(partition: StorePartition): MemoryPartition {
    const own = this.#open.get(this.#rowsOf(partition.id))
    if (own === partition) return own
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: `Partition ${partition.id.partition} of table ${partition.id.table} is not open in this memory store: write to the partition that its open() returned last.`,
      place: { table: partition.id.table, partition: partition.id.partition },
    })
  }

  #assertNotClosed(): void {
    if (!this.#isClosed) return
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: 'The memory store is closed and its rows are gone: make a new one.',
    })
  }
}
