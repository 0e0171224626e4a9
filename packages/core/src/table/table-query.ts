import { StreamError } from '../errors/index.ts'

/** What a query meets where the app is not running. */
export function notStarted(table: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `Table "${table}" was queried while its app is not running; call app.start() or app.run() and wait for it`,
    place: { table },
  })
}

/** What reading or writing a table without a task meets. */
export function withoutTask(table: string, method: 'get' | 'set' | 'update' | 'delete'): StreamError {
  const instead =
    method === 'get'
      ? `Inside a handler or loop read the handle it is given (declare tables: { ${table} }); outside use query(key), which reads committed data`
      : `A write belongs to a record: declare tables: { ${table} } on an agent or handler and write through the handle it is given, or send a record to a topic that such a consumer reads`
  return new StreamError({
    code: 'STREAM_NO_TASK',
    message: `${method}() was called on table "${table}" itself, which belongs to no task. ${instead}`,
    place: { table },
  })
}
