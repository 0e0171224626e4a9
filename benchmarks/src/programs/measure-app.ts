import type { App } from '@stream/core'
import { finishProgram } from '../program/index.ts'
import type { MeasuringSensor } from './measuring-sensor.ts'

/** Runs an app over its whole input and prints what the sensor measured. */
export async function measureApp(app: App, sensor: MeasuringSensor): Promise<void> {
  await app.start()
  await sensor.processed
  // A stop cuts at once: the interval's rest would count as work. How it goes on from there is not measured.
  app.stop().catch(() => undefined)
  await sensor.committed
  finishProgram(sensor.window)
}
