/** A program as users write it, on the built packages: one record, and what its handler does is the first argument. */
import { App, json, string } from '@stream/core'
import { memory } from '@stream/transport-memory'

const filling = memory({ log: 'program' })
const { log } = filling
// By its string: found among the dependencies of this very program.
const app = new App({ id: 'program', transport: 'memory://program', settings: { commitIntervalMs: 20 } })
const source = app.topic('in', { key: string(), value: json(), partitions: 1 })
const out = app.topic('out', { key: string(), value: json(), partitions: 1 })
/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

app.handler('work', { source, outputs: [out] }, async (value, event) => {
  say('begun')
  if (process.argv[2] === 'throws') throw new Error('no good')
  if (process.argv[2] === 'never') await new Promise(() => undefined)
  if (process.argv[2] === 'slow') await new Promise((resolve) => setTimeout(resolve, 100))
  event.send(out, { key: event.key, value })
})
app.on('state', ({ to }) => {
  if (to === 'draining' || to === 'stopped' || to === 'failed') say(to)
})

await filling.open({ log: () => undefined })
log.createTopic({ name: 'in', partitions: 1 })
const record = { key: Buffer.from('k'), value: Buffer.from('1'), timestamp: Date.now() }
await filling.producer({ deliveryTimeoutMs: 1_000 }).send([{ topic: 'in', partition: 0, records: [record] }])
// Keeps the process alive, as a server would: run() has to end it.
setInterval(() => undefined, 1_000)
await app.run()
say(`over with ${log.records('out', 0).length} results`)
if (process.argv[2] !== 'throws') process.exit()
