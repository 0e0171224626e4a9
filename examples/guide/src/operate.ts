import { createServer, type Server } from 'node:http'
import { type App, type Sensor, StreamError, type Table } from '@stream/core'

// #region query
/** Answers `GET /customers/<name>` with the committed row, as far as this worker owns it. */
export function customerServer<V>(customers: Table<string, V, V>): Server {
  return createServer(async (request, response) => {
    const name = decodeURIComponent(request.url?.replace('/customers/', '') ?? '')
    try {
      response.end(JSON.stringify(await customers.query(name)))
    } catch (error) {
      // Another worker owns the key, or the app is not running yet.
      response.statusCode = StreamError.is(error, 'STREAM_NO_TASK') ? 421 : 503
      response.end()
    }
  })
}
// #endregion query

// #region sensor
/** How far this worker is behind in each of its partitions, in records and in time. */
export function lagSensor(lag: Map<string, string>): Sensor {
  return {
    name: 'lag',
    onLag({ topic, partition, records, timeMs }) {
      lag.set(`${topic}-${partition}`, `${records} records, ${timeMs ?? '?'} ms`)
    },
  }
}
// #endregion sensor

// #region events
/** Says what happens to an app. */
export function narrate(app: App, say: (line: string) => void): void {
  app.on('state', ({ from, to, failure }) =>
    say(`${from} -> ${to}${failure === undefined ? '' : `: ${failure.message}`}`),
  )
  app.on('recovery', ({ table, partition, position, endOffset }) =>
    say(`${table}-${partition}: ${position} of ${endOffset}`),
  )
  app.on('error', ({ error, consequence }) => say(`${error.code} (${consequence}): ${error.message}`))
}
// #endregion events
