/**
 * An app whose table grows until the disk of its first argument is full; then the file of its second one is removed, and the app goes on.
 * Says what happens, line by line.
 */
import { rmSync } from 'node:fs'
import { App, json, string } from '@stream/core'
import { rocksdb } from '@stream/store-rocksdb'
import { memory } from '@stream/transport-memory'

const [path = '', ballast = ''] = process.argv.slice(2)
const keys = 400
/** Several times of what the disk takes. */
const mostRounds = 150
/** @param {string} line */
const say = (line) => process.stdout.write(`${line.replaceAll('\n', ' ')}\n`)

const filling = memory({ log: 'disk' })
await filling.open({ log: () => undefined })
filling.log.createTopic({ name: 'in', partitions: 1, configs: {} })
let isFull = false
const app = new App({
  id: 'disk',
  transport: memory({ log: 'disk' }),
  store: rocksdb({ path, cacheBytes: 1 << 20, writeBufferBytes: 4 << 20 }),
  guarantee: 'exactly_once',
  settings: { commitIntervalMs: 20 },
  log: (level, message) => {
    if (level === 'warn' && message.includes('disk is full') && !isFull) {
      isFull = true
      say(`full ${message}`)
      // Long enough for several refused tries.
      setTimeout(() => rmSync(ballast), 1_000)
    }
    if (message.includes('writes again')) say('writes again')
  },
})
const source = app.topic('in', { key: string(), value: json() })
const rows = app.table('rows', { key: string(), value: json() })
app.handler('keep', { source, tables: { rows } }, (value, event, tables) => tables.rows.set(event.key, value))
app.on('error', ({ error, consequence }) => say(`error ${consequence} ${error.message}`))
app.on('state', ({ to, failure }) => say(`state ${to} ${failure?.message ?? ''}`))
await app.start()

const producer = filling.producer({ deliveryTimeoutMs: 10_000 })
let rounds = 0
while (!isFull && rounds < mostRounds) {
  const round = ++rounds
  const records = Array.from({ length: keys }, (_, i) => ({
    // Every row is new, so that the table grows by 400 rows of 2 kB with each round.
    key: Buffer.from(`${round} ${i}`),
    value: Buffer.from(JSON.stringify({ round, fill: `${Math.random()}`.repeat(100) })),
    timestamp: Date.now(),
    headers: [],
  }))
  await producer.send([{ topic: 'in', partition: 0, records }])
  await new Promise((resolve) => setTimeout(resolve, 20))
}
for (;;) {
  let found = 0
  for (let round = 1; round <= rounds; round++) {
    for (let i = 0; i < keys; i++) if ((await rows.query(`${round} ${i}`)) !== undefined) found++
  }
  if (found === keys * rounds) break
  await new Promise((resolve) => setTimeout(resolve, 50))
}
say(`all rows, ${isFull ? 'after the disk was full' : 'and the disk was never full'}`)
await app.stop()
process.exit(0)
