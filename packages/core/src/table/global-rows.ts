import { partitionOfKey } from '../partitioner/index.ts'
import type { GlobalTableDeclaration, ReadableRows } from '../topology/index.ts'
import { CommittedTable } from './committed-table.ts'
import { isPromise } from './is-promise.ts'
import type { RowSource } from './row-source.ts'
import { notStarted } from './table-query.ts'

/** Answers reads of global tables; the engine is one. */
export interface GlobalQuerySource {
  /** Its rows, a part for each partition of the topic in their order. Throws `STREAM_STATE_INVALID` as long as they are not all there. */
  globalRows<K, V>(table: GlobalTableDeclaration<K, V>): readonly ReadableRows<K, V>[]
}

/** The rows of a global table, while the app runs. */
export class GlobalSource<K, V> implements RowSource<K, V> {
  readonly #table: GlobalTableDeclaration<K, V>
  #source: GlobalQuerySource | undefined

  constructor(table: GlobalTableDeclaration<K, V>) {
    this.#table = table
  }

  /** Where reads go from now on; undefined: the app is not running. */
  connect(source: GlobalQuerySource | undefined): void {
    this.#source = source
  }

  holding(key: K): ReadableRows<K, V> {
    return this.at(this.#table.topic.key.serialize(key))
  }

  at(rowKey: Uint8Array): ReadableRows<K, V> {
    const parts = this.all()
    const own = partitionOfKey(this.#table.topic.partitioner, rowKey, parts.length)
    return new WhereverFound(parts[own]!, parts)
  }

  all(): readonly ReadableRows<K, V>[] {
    if (this.#source === undefined) throw notStarted(this.#table.name)
    return this.#source.globalRows(this.#table)
  }
}

/**
 * Looks for a key where its topic's partitioner puts it, then everywhere else: producers may have had another partitioner, or the topic
 * fewer partitions when they wrote.
 */
class WhereverFound<K, V> implements ReadableRows<K, V> {
  readonly #own: ReadableRows<K, V>
  readonly #parts: readonly ReadableRows<K, V>[]

  constructor(own: ReadableRows<K, V>, parts: readonly ReadableRows<K, V>[]) {
    this.#own = own
    this.#parts = parts
  }

  async get(key: K): Promise<Readonly<V> | undefined> {
    for (const part of [this.#own, ...this.#parts.filter((other) => other !== this.#own)]) {
      const row = part.get(key)
      const found = isPromise(row) ? await row : row
      if (found !== undefined) return found
    }
    return undefined
  }

  getMany(keys: readonly K[]): Promise<readonly (Readonly<V> | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  scan: ReadableRows<K, V>['scan'] = (range) => this.#own.scan(range)

  stored: ReadableRows<K, V>['stored'] = () => this.#own.stored()

  count: ReadableRows<K, V>['count'] = () => this.#own.count()

  get time(): ReadableRows<K, V>['time'] {
    return this.#own.time
  }
}

/** What reads go through, for consumers and from outside. */
export function globalReader<K, V>(
  source: GlobalSource<K, V>,
  table: GlobalTableDeclaration<K, V>,
): CommittedTable<K, V> {
  const { name, topic, default: makeDefault } = table
  const format = { name, key: topic.key, ...(makeDefault === undefined ? {} : { default: makeDefault }) }
  return new CommittedTable(source, format)
}
