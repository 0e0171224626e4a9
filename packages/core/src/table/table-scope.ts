import type { ScopedEvent, ScopedTable, TableDeclaration } from '../topology/index.ts'

/** Where a handle finds its table right now; `scoped` throws `STREAM_HANDLE_EXPIRED` where there is no record to belong to. */
export interface TableScope<K, V> {
  scoped(): ScopedTable<K, V>
}

/** For a handler: one event, for as long as it lives. */
export class EventScope<K, V> implements TableScope<K, V> {
  readonly #event: ScopedEvent
  readonly #table: TableDeclaration<K, V>
  #scoped: ScopedTable<K, V> | undefined

  constructor(event: ScopedEvent, table: TableDeclaration<K, V>) {
    this.#event = event
    this.#table = table
  }

  scoped(): ScopedTable<K, V> {
    return (this.#scoped ??= this.#event.table(this.#table))
  }
}

/** Whoever has one event after the other in hand. */
export interface EventHolder {
  /** The event in hand; throws `STREAM_HANDLE_EXPIRED`, naming the table that was asked for, where there is none. */
  eventFor(table: string): ScopedEvent
}

/** For a loop: whatever event it has in hand. */
export class LoopScope<K, V> implements TableScope<K, V> {
  readonly #holder: EventHolder
  readonly #table: TableDeclaration<K, V>
  #event: ScopedEvent | undefined
  #scoped: ScopedTable<K, V> | undefined

  constructor(holder: EventHolder, table: TableDeclaration<K, V>) {
    this.#holder = holder
    this.#table = table
  }

  scoped(): ScopedTable<K, V> {
    const event = this.#holder.eventFor(this.#table.name)
    if (this.#scoped === undefined || event !== this.#event) {
      this.#event = event
      this.#scoped = event.table(this.#table)
    }
    return this.#scoped
  }
}
