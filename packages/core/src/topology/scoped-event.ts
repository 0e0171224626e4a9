import type { Headers } from '../transport/index.ts'
import type { TableDeclaration } from './declarations.ts'
import type { Event } from './event.ts'
import type { ScopedTable } from './scoped-table.ts'

/** The event as the runtime hands it to a processor: besides what user code may do, what wraps user code may do. */
export interface ScopedEvent<K = unknown, V = unknown> extends Event<K, V> {
  /** The table bound to this record's scope. Throws `STREAM_TABLE_NOT_DECLARED` for a table the consumer did not declare. */
  table<K2, V2>(table: TableDeclaration<K2, V2>): ScopedTable<K2, V2>
  /** The same record and scope under another key or value; what operators pass on. */
  derive<K2, V2>(changes: {
    readonly key: K2
    readonly value: V2
    readonly timestamp?: number
    readonly headers?: Headers
  }): ScopedEvent<K2, V2>
}
