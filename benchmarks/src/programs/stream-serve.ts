// The stateful job until it is killed.
import { readSettings } from '../program/index.ts'
import { benchmarkApp } from './benchmark-app.ts'
import { declareDelays } from './declare-delays.ts'

const settings = readSettings()
const app = benchmarkApp(settings)
declareDelays(app, settings)
await app.run()
