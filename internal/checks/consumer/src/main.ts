// A stranger's first day: what is published is installed, type-checked and run.
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { app, delays, transport } from './app.js'

const encoder = new TextEncoder()
const record = (origin: string, delay: number) => ({
  key: encoder.encode(origin),
  value: encoder.encode(JSON.stringify({ origin, destination: 'SFO', delay })),
  timestamp: Date.now(),
})

await app.start()
const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
const records = [record('ORD', 130), record('ORD', 20), record('SEA', -5)]
await producer.send([{ topic: 'flights', partition: 0, records }])

const isCounted = async () => app.state === 'running' && (await delays.query('ORD')).flights === 2
for (const deadline = Date.now() + 20_000; !(await isCounted()) && Date.now() < deadline; ) await sleep(20)
assert.deepEqual(await delays.query('ORD'), { flights: 2, minutes: 150 })
await producer.close()
await app.stop()
assert.equal(app.state, 'stopped')
