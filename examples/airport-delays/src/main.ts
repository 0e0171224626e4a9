/**
 * `npm run demo`: the main job, with a worker that is killed at the worst moments, and a comparison of every row at the end. The exit code
 * tells whether all of them were right.
 */

import { runDemo } from './demo.ts'
import { demoSetting } from './demo-setting.ts'

const { STREAM_TRANSPORT, STREAM_STORE } = process.env
// Each worker gets a store of the demo's own making: the environment would go before it.
delete process.env.STREAM_STORE
let isRight = false
try {
  const setting = await demoSetting(STREAM_TRANSPORT, STREAM_STORE)
  isRight = await runDemo(setting)
  if (isRight) setting.store.remove()
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
}
// Workers that were killed in this process left timers behind, and nobody to end them.
process.exit(isRight ? 0 : 1)
