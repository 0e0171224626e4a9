import type { StorePartitionId, StorePosition } from '@stream/core/adapter'
import type { BatchWriter, Engine } from '../database/index.ts'
import {
  books,
  firstKey,
  formatKey,
  lastNumberKey,
  numberBytes,
  type PartitionRecord,
  partitionBytes,
  partitionKey,
  readBookKey,
  readNumber,
  readPartition,
  removalKey,
} from './key-layout.ts'

/** A partition with rows or a position. */
export interface KnownPartition {
  readonly number: number
  readonly position: StorePosition
}

/** Which partitions the database holds, in memory as in its books. */
export class PartitionBooks {
  readonly #known = new Map<string, KnownPartition & StorePartitionId>()
  readonly #formats = new Map<string, string>()
  #lastNumber: number

  private constructor(lastNumber: number) {
    this.#lastNumber = lastNumber
  }

  /** Reads the books, and ends removals that a crash has cut off. */
  static read(engine: Engine): PartitionBooks {
    const [gte, lt] = books
    const read = new PartitionBooks(readNumber(engine.get(lastNumberKey)))
    const rows = engine.scan({ gte, lt, reverse: false, limit: 0x7fffffff })
    for (let i = 0; i < rows.length; i += 2) {
      const key = readBookKey(rows[i] as Uint8Array)
      const value = rows[i + 1] as Uint8Array
      if (key.kind === 'partition') read.#keep(key.number, readPartition(value))
      else if (key.kind === 'removal') removeRows(engine, key.number)
      else if (key.kind === 'format') read.#formats.set(key.table, Buffer.from(value).toString())
    }
    return read
  }

  /** Partitions of each table. */
  tables(): ReadonlyMap<string, readonly StorePartitionId[]> {
    const tables = new Map<string, StorePartitionId[]>()
    for (const known of this.#known.values()) {
      const partitions = tables.get(known.table) ?? []
      tables.set(known.table, partitions)
      partitions.push(known)
    }
    return tables
  }

  /** In which format the rows of a table are; undefined: never written down. */
  formatOf(table: string): string | undefined {
    return this.#formats.get(table)
  }

  /** Puts the format of a table's rows into the batch; undefined: there is no such table any more. */
  writeFormat(table: string, format: string | undefined, batch: BatchWriter): void {
    if (format === undefined) {
      batch.delete(formatKey(table))
      this.#formats.delete(table)
    } else {
      batch.put(formatKey(table), Buffer.from(format))
      this.#formats.set(table, format)
    }
  }

  find(id: StorePartitionId): KnownPartition | undefined {
    return this.#known.get(nameOf(id))
  }

  /** The number of a partition, a new one where it has none; new ones are the partition's as soon as the batch is written. */
  numberOf(id: StorePartitionId, batch: BatchWriter): number {
    const known = this.find(id)
    if (known !== undefined) return known.number
    // A number whose batch was not written is not given again in this process, which does no harm.
    this.#lastNumber++
    batch.put(lastNumberKey, numberBytes(this.#lastNumber))
    return this.#lastNumber
  }

  /** Puts the position of a partition into the batch. */
  write(id: StorePartitionId, number: number, position: StorePosition, batch: BatchWriter): void {
    batch.put(partitionKey(number), partitionBytes({ table: id.table, partition: id.partition, position }))
  }

  /** The batch is written. */
  written(id: StorePartitionId, number: number, position: StorePosition): void {
    this.#keep(number, { table: id.table, partition: id.partition, position })
  }

  /** Puts the end of a partition into the batch; its rows are to be removed when that is written. */
  writeRemoval(number: number, batch: BatchWriter): void {
    batch.delete(partitionKey(number))
    batch.put(removalKey(number), new Uint8Array())
  }

  /** The batch of {@link PartitionBooks.writeRemoval} is written. */
  removed(id: StorePartitionId): void {
    this.#known.delete(nameOf(id))
  }

  #keep(number: number, { table, partition, position }: PartitionRecord): void {
    this.#known.set(nameOf({ table, partition }), { table, partition, number, position })
  }
}

/** Removes the rows of a number whose removal is in the books, and then that note. */
export function removeRows(engine: Engine, number: number): void {
  engine.deleteRange(firstKey(number), firstKey(number + 1))
  engine.write((batch) => batch.delete(removalKey(number)))
}

function nameOf({ table, partition }: StorePartitionId): string {
  return `${partition}:${table}`
}
