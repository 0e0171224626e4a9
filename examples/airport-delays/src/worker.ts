/**
 * One worker as a program of its own: `STREAM_TRANSPORT=kafkajs://localhost:9092 node dist/worker.js`, as often as you like. Started by
 * the demo, it also takes its messages.
 */
import type { CutStep, Sensor } from '@stream/core'
import { airportDelays } from './app.ts'
import type { Airport } from './flight.ts'
import type { WorkerReply, WorkerRequest } from './worker-messages.ts'

let crashStep: CutStep | undefined

const killer: Sensor = {
  name: 'demo',
  onCutStep: ({ step }) => {
    if (step === crashStep) process.kill(process.pid, 'SIGKILL')
  },
}
const { app, delays } = airportDelays({ sensors: [killer] }, process.env.STREAM_DEMO_PREFIX)

process.on('message', (request: WorkerRequest) => {
  if (request.kind === 'crash') crashStep = request.step
  else void tellRows()
})

app.on('state', ({ to }) => {
  if (to === 'running') tell({ kind: 'started' })
})

// Without the demo there is nobody who would end it.
process.once('disconnect', () => void app.stop())

await app.run()
process.disconnect?.()

async function tellRows(): Promise<void> {
  const rows: (readonly [string, Airport])[] = []
  for await (const row of delays.queryAll()) rows.push(row)
  tell({ kind: 'rows', rows })
}

function tell(reply: WorkerReply): void {
  process.send?.(reply)
}
