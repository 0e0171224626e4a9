/**
 * `npm run demo`: the main job, with a worker that is killed at the worst moments, and a comparison of every row at the end. The exit code
 * tells whether all of them were right.
 */

import { runDemo } from './demo.ts'
import { demoSetting } from './demo-setting.ts'

let isRight = false
try {
  isRight = await runDemo(await demoSetting(process.env.STREAM_TRANSPORT))
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
}
// Workers that were killed in this process left timers behind, and nobody to end them.
process.exit(isRight ? 0 : 1)
