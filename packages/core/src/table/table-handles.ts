import type { ScopedEvent } from '../topology/index.ts'
import { handleOfGlobal } from './declare-global-table.ts'
import type { AnyGlobalTable } from './global-table.ts'
import type { AnyTable } from './table.ts'
import { partsOf } from './table-kind.ts'
import { type EventHolder, EventScope, LoopScope } from './table-scope.ts'

/** The tables a consumer declares, under the names it uses for them. */
export type Tables = Readonly<Record<string, AnyTable | AnyGlobalTable>>

/** The handles of declared tables, as user code gets them. */
export type TableHandles<T extends Tables> = {
  readonly [Name in keyof T]: T[Name] extends { readonly '~handle'?: infer Handle } ? NonNullable<Handle> : never
}

const none: TableHandles<Tables> = Object.freeze({})

/** Handles for one loop: each bound to whatever event the loop has in hand. */
export function handlesForLoop<T extends Tables>(tables: T, holder: EventHolder): TableHandles<T> {
  const handles: Record<string, unknown> = {}
  for (const [name, table] of Object.entries(tables)) {
    handles[name] =
      table.kind === 'global-table' ? handleOfGlobal(table) : partsOf(table).bind(new LoopScope(holder, table))
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
    readonly #handles: unknown[] = []

    constructor(event: ScopedEvent) {
      this.#event = event
    }

    static handle(of: EventTables, index: number, table: AnyTable | AnyGlobalTable): unknown {
      if (table.kind === 'global-table') return handleOfGlobal(table)
      return (of.#handles[index] ??= partsOf(table).bind(new EventScope(of.#event, table)))
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
