/**
 * One worker as a program of its own: `STREAM_TRANSPORT=kafkajs://localhost:9092 node dist/worker.js`, as often as you like. Started by
 * the demo, it also takes its messages.
 */
import type { Sensor } from '@stream/core'
import { airportDelays } from './app.ts'
import type { Moment } from './demo-worker.ts'
import type { Airport } from './flight.ts'
import type { WorkerReply, WorkerRequest } from './worker-messages.ts'

let moment: Moment | undefined

const killer: Sensor = {
  name: 'demo',
  onCutStep: ({ step }) => {
    if (step === moment) die()
    // By then its requests are on their way, and the last of them is not answered.
    if (step === 'committing' && moment === 'in transaction') setTimeout(die, 2)
  },
}
const { app, delays } = airportDelays({ sensors: [killer] }, process.env.STREAM_DEMO_PREFIX)

process.on('message', (request: WorkerRequest) => {
  if (request.kind === 'crash') moment = request.moment
  else void tellRows()
})

app.on('state', ({ to }) => {
  if (to === 'running') tell({ kind: 'started' })
})

// Without the demo there is nobody who would end it.
process.once('disconnect', () => void app.stop())

await app.run()
process.disconnect?.()

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

async function tellRows(): Promise<void> {
  const rows: (readonly [string, Airport])[] = []
  for await (const row of delays.queryAll()) rows.push(row)
  tell({ kind: 'rows', rows })
}

function tell(reply: WorkerReply): void {
  process.send?.(reply)
}
