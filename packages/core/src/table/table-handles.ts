import type { ScopedEvent } from '../topology/index.ts'
import { BoundTable } from './bound-table.ts'
import type { AnyTable, Table } from './table.ts'
import type { TableHandle } from './table-handle.ts'
import { type EventHolder, EventScope, LoopScope } from './table-scope.ts'

/** The tables a consumer declares, under the names it uses for them. */
export type Tables = Readonly<Record<string, AnyTable>>

/** The handles of declared tables, as user code gets them. */
export type TableHandles<T extends Tables> = {
  readonly [Name in keyof T]: T[Name] extends Table<infer K, infer V, infer Found> ? TableHandle<K, V, Found> : never
}

const none: TableHandles<Tables> = Object.freeze({})

/** Handles for one loop: each bound to whatever event the loop has in hand. */
export function handlesForLoop<T extends Tables>(tables: T, holder: EventHolder): TableHandles<T> {
  const handles: Record<string, unknown> = {}
  for (const [name, table] of Object.entries(tables)) {
    handles[name] = new BoundTable(new LoopScope(holder, table), table)
  }
  // Built name by name, which the mapped type cannot follow.
  return Object.freeze(handles) as TableHandles<T>
}

/**
 * Makes handles for one event after the other. All names are prepared once: an event costs one small object, and a handle only where it
 * is used.
 */
export function handlesForEvents<T extends Tables>(tables: T): (event: ScopedEvent) => TableHandles<T> {
  const names = Object.keys(tables)
  // Without tables there is nothing to bind.
  if (names.length === 0) return () => none as TableHandles<T>
  class EventTables {
    readonly #event: ScopedEvent
    readonly #handles: (BoundTable<unknown, unknown> | undefined)[] = []

    constructor(event: ScopedEvent) {
      this.#event = event
    }

    static handle(of: EventTables, index: number, table: AnyTable): BoundTable<unknown, unknown> {
      return (of.#handles[index] ??= new BoundTable(new EventScope(of.#event, table), table))
    }
  }
  names.forEach((name, index) => {
    const table = tables[name]!
    Object.defineProperty(EventTables.prototype, name, {
      enumerable: true,
      get(this: EventTables) {
        return EventTables.handle(this, index, table)
      },
    })
  })
  return (event) => new EventTables(event) as unknown as TableHandles<T>
}
