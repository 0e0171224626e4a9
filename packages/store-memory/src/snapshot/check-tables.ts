import { type StoreContext, StreamError } from '@stream/core/adapter'
import { otherApp } from './claim-directory.ts'
import type { SnapshotHeader } from './snapshot-format.ts'

/**
 * Compares the app and its tables with the snapshots that are here. Those of tables that the app does not have are reported.
 *
 * @throws STREAM_STATE_INVALID where a snapshot is of another app, or of rows in another format than the app reads
 */
export function checkTables(
  path: string,
  headers: readonly SnapshotHeader[],
  { appId, tables, log }: StoreContext,
): void {
  for (const { app } of headers) if (app !== appId) throw otherApp(path, app, appId)
  if (tables === undefined) return
  const formats = new Map(tables.map(({ table, format }) => [table, format]))
  const unknown = new Set<string>()
  for (const { table, format: found } of headers) {
    const wanted = formats.get(table)
    if (wanted === undefined) unknown.add(`"${table}"`)
    else if (found !== undefined && found !== wanted) throw otherFormat(path, table, found, wanted)
  }
  if (unknown.size === 0) return
  log(
    'warn',
    `${path} holds snapshots of tables that app ${appId} does not have any more: ${[...unknown].join(', ')}. Their files begin with the names of the tables, and can be deleted.`,
  )
}

function otherFormat(path: string, table: string, found: string, wanted: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The rows of ${table} in the state directory ${path} were written as (${found}), and the app reads (${wanted}). Give the table another name; where the new serdes read the old rows too, remove the directory: its tables are rebuilt from their changelogs.`,
    place: { store: 'memory', path, table },
  })
}
