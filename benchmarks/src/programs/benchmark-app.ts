import { App, type Sensor } from '@stream/core'
import { memory } from '@stream/store-memory'
import { rocksdb } from '@stream/store-rocksdb'
import { kafkajs } from '@stream/transport-kafkajs'
import type { ProgramSettings } from '../program/index.ts'

/** The app of a benchmark program: kafkajs, and the store, the guarantee and the cut interval it was told. */
export function benchmarkApp(settings: ProgramSettings, sensors: readonly Sensor[] = []): App {
  const app = new App({
    id: settings.group,
    transport: kafkajs({ brokers: settings.brokers.split(',') }),
    store: settings.store === 'rocksdb' ? rocksdb() : memory(),
    guarantee: settings.guarantee === 'at_least_once' ? 'at_least_once' : 'exactly_once',
    settings: { commitIntervalMs: settings.cutIntervalMs, stateDir: settings.stateDirectory },
    sensors,
  })
  endAtFailure(app)
  return app
}

/** A program whose app has failed has no figures. */
export function endAtFailure(app: App): void {
  app.on('state', ({ to, failure }) => {
    if (to !== 'failed') return
    process.stderr.write(`${failure?.stack}\n`)
    process.exit(1)
  })
}
