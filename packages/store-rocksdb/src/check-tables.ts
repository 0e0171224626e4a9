import { type StoreContext, StreamError } from '@stream/core/adapter'
import type { BatchWriter } from './database/index.ts'
import type { PartitionBooks } from './layout/index.ts'

/** What {@link checkTables} compares. */
export interface TablesCheck {
  readonly path: string
  readonly books: PartitionBooks
  readonly context: StoreContext
  readonly dropUnknownTables: boolean
}

/**
 * Compares the tables of the app with those whose rows are here. Answers with the tables whose rows are to be removed; the others that the
 * app does not have are reported. Formats that are new go into the batch.
 *
 * @throws STREAM_STATE_INVALID where a table's rows are of another format than the app reads
 */
export function checkTables(check: TablesCheck): {
  readonly unwanted: readonly string[]
  readonly writeFormats: (batch: BatchWriter) => void
} {
  const { path, books, context, dropUnknownTables } = check
  const { tables, log } = context
  if (tables === undefined) return { unwanted: [], writeFormats: () => undefined }
  const held = books.tables()
  for (const { table, format } of tables) {
    const found = books.formatOf(table)
    if (held.has(table) && found !== undefined && found !== format) throw otherFormat(path, table, found, format)
  }
  const own = new Set(tables.map(({ table }) => table))
  const unknown = [...held.keys()].filter((table) => !own.has(table))
  if (unknown.length > 0) {
    const names = unknown.map((table) => `"${table}"`).join(', ')
    log(
      dropUnknownTables ? 'info' : 'warn',
      dropUnknownTables
        ? `Rows of tables that app ${context.appId} does not have any more are removed from ${path}: ${names}.`
        : `${path} holds rows of tables that app ${context.appId} does not have any more: ${names}. Start once with rocksdb({ dropUnknownTables: true }) to remove them.`,
    )
  }
  return {
    unwanted: dropUnknownTables ? unknown : [],
    writeFormats: (batch) => {
      for (const { table, format } of tables) {
        if (books.formatOf(table) !== format) books.writeFormat(table, format, batch)
      }
    },
  }
}

function otherFormat(path: string, table: string, found: string, wanted: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The rows of ${table} in the state directory ${path} were written as (${found}), and the app reads (${wanted}). Give the table another name; where the new serdes read the old rows too, remove the directory: its tables are rebuilt from their changelogs.`,
    place: { store: 'rocksdb', path, table },
  })
}
