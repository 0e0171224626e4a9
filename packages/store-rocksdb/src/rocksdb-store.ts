import { join, resolve } from 'node:path'
import {
  contractVersion,
  type MaybePromise,
  type Store,
  type StoreContext,
  type StorePartition,
  type StorePartitionId,
  type StoreSupports,
  type StoreWrite,
  StreamError,
} from '@stream/core/adapter'
import { checkTables } from './check-tables.ts'
import { type BatchWriter, Database, type Engine } from './database/index.ts'
import { StateDirectory } from './directory/index.ts'
import { PartitionBooks, ReusedKey, removeRows } from './layout/index.ts'
import { invalidOption, type SettledOptions } from './rocksdb-options.ts'
import { RocksdbPartition } from './rocksdb-partition.ts'

const supports: StoreSupports = Object.freeze({ persistent: true, ordered: true, shared: false })

/** What is there between start and close. */
interface Opened {
  readonly path: string
  readonly directory: StateDirectory
  readonly database: Database
  readonly books: PartitionBooks
}

/** One database for all tables and partitions of a worker. */
export class RocksdbStore implements Store {
  readonly contract: number = contractVersion
  readonly name: string = 'rocksdb'
  readonly supports: StoreSupports = supports
  readonly #options: SettledOptions
  readonly #partitions: Map<string, RocksdbPartition> = new Map()
  readonly #keys: ReusedKey = new ReusedKey()
  #opened: Opened | undefined
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: SettledOptions) {
    this.#options = options
  }

  start(context: StoreContext): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError())
    if (this.#starting !== undefined) return Promise.reject(startedTwice(this.#opened?.path))
    this.#starting = this.#start(context)
    return this.#starting
  }

  /** Damage that the engine meets while it starts is marked by then, so that a second try sets the database aside. */
  async #start(context: StoreContext): Promise<void> {
    try {
      await this.#startOnce(context)
    } catch (error) {
      if (!StreamError.is(error, 'STREAM_STORE_FAILED') || error.place.problem !== 'damaged') throw error
      await this.#startOnce(context)
    }
  }

  async #startOnce(context: StoreContext): Promise<void> {
    const { cacheBytes, writeBufferBytes, dropUnknownTables } = this.#options
    const path = this.#path(context)
    const directory = new StateDirectory({ path, engine: { cacheBytes, writeBufferBytes }, context })
    const engine = await directory.open()
    const database = new Database(engine, {
      path,
      roomBytes: writeBufferBytes,
      reopen: () => directory.reopen(),
      onDamage: (error) => directory.markDamaged(error),
      log: context.log,
    })
    try {
      const books = await database.read((opened) => PartitionBooks.read(opened))
      this.#opened = { path, directory, database, books }
      const { unwanted, writeFormats } = checkTables({ path, books, context, dropUnknownTables })
      await database.write(writeFormats)
      for (const table of unwanted) await this.#drop(table)
    } catch (error) {
      await directory.leave()
      await database.close()
      throw error
    }
  }

  async #drop(table: string): Promise<void> {
    const { database, books } = this.#use()
    for (const id of books.tables().get(table) ?? []) await this.#remove(id)
    await database.write((batch) => books.writeFormat(table, undefined, batch))
  }

  async open(id: StorePartitionId): Promise<StorePartition> {
    const { database, books } = this.#use()
    const name = nameOf(id)
    if (this.#partitions.has(name)) {
      throw new StreamError({
        code: 'STREAM_STATE_INVALID',
        message: `Partition ${id.partition} of table ${id.table} is open in the store rocksdb already: close it before it is opened again.`,
        place: { table: id.table, partition: id.partition },
      })
    }
    const own = { table: id.table, partition: id.partition }
    const partition = new RocksdbPartition(own, {
      database,
      known: () => books.find(own),
      release: () => {
        if (this.#partitions.get(name) === partition) this.#partitions.delete(name)
      },
      remove: () => this.#remove(own),
    })
    this.#partitions.set(name, partition)
    return partition
  }

  apply(writes: readonly StoreWrite[]): MaybePromise<void> {
    const { database, books } = this.#use()
    for (const { partition } of writes) this.#requireOwn(partition)
    if (writes.length === 0) return
    const numbers: number[] = []
    const fill = (batch: BatchWriter): void => {
      numbers.length = 0
      for (const write of writes) {
        // A partition that is new with this call, and is in it twice, has been given its number already.
        const earlier = writes.findIndex(({ partition }) => partition === write.partition)
        const given = numbers[earlier] ?? books.numberOf(write.partition.id, batch)
        numbers.push(given)
        this.#fill(write, given, books, batch)
      }
    }
    const done = (): void => {
      for (let i = 0; i < writes.length; i++) {
        const { partition, position } = writes[i] as StoreWrite
        books.written(partition.id, numbers[i] as number, { ...position })
      }
    }
    const written = database.write(fill)
    if (written instanceof Promise) return written.then(done)
    done()
  }

  #fill({ partition, rows, position }: StoreWrite, number: number, books: PartitionBooks, batch: BatchWriter): void {
    const keys = this.#keys
    keys.use(number)
    for (let i = 0; i < rows.length; i++) {
      const [key, value] = rows[i] as (typeof rows)[number]
      if (value === null) batch.delete(keys.of(key))
      else batch.put(keys.of(key), value)
    }
    books.write(partition.id, number, position, batch)
  }

  /** First the note that the partition is no more, then its rows: a crash in between is made good at the next start. */
  async #remove(id: StorePartitionId): Promise<void> {
    const { database, books } = this.#use()
    const known = books.find(id)
    if (known === undefined) return
    await database.write((batch) => books.writeRemoval(known.number, batch))
    books.removed(id)
    try {
      await database.read((engine: Engine) => removeRows(engine, known.number))
    } catch {
      // Nobody sees these rows any more, and the note has them removed at the next start.
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => undefined)
    await Promise.all([...this.#partitions.values()].map((partition) => partition.close()))
    const opened = this.#opened
    if (opened === undefined) return
    await opened.directory.leave()
    await opened.database.close()
  }

  #path({ appId, stateDir }: StoreContext): string {
    const { path } = this.#options
    if (path !== undefined) return resolve(path)
    if (stateDir !== undefined) return resolve(join(stateDir, `${appId}.rocksdb`))
    throw invalidOption('path', 'is missing: give rocksdb({ path }), rocksdb://./state, or the setting stateDir')
  }

  #use(): Opened {
    if (this.#closing !== undefined) throw this.#closedError()
    if (this.#opened !== undefined) return this.#opened
    throw new StreamError({
      code: 'STREAM_STATE_INVALID',
      message: 'The store rocksdb is used before it has started: await start() first.',
    })
  }

  /** Checked for all partitions before the first row is written, so that a refused call has written nothing. */
  #requireOwn(partition: StorePartition): void {
    const { table, partition: number } = partition.id
    if (this.#partitions.get(nameOf(partition.id)) === partition) return
    throw new StreamError({
      code: 'STREAM_CLOSED',
      message: `Partition ${number} of table ${table} is not open in this store rocksdb: write to the partition that its open() returned last.`,
      place: { table, partition: number },
    })
  }

  #closedError(): StreamError {
    return new StreamError({ code: 'STREAM_CLOSED', message: 'The store rocksdb is closed: make a new one.' })
  }
}

function nameOf({ table, partition }: StorePartitionId): string {
  return `${partition}:${table}`
}

function startedTwice(path: string | undefined): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The store rocksdb${path === undefined ? '' : ` in ${path}`} has been started already: give every app a store of its own.`,
    place: { store: 'rocksdb', ...(path !== undefined && { path }) },
  })
}
