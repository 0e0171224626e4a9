/** Writes all rows of a partition in every call, each with the number of the call, until it is killed. */
import { memory } from '@stream/store-memory'

const [path = '', from] = [process.argv[2], Number(process.argv[3])]
const store = memory({ snapshot: { path, intervalMs: 1 } })
await store.start({ appId: 'app', log: () => undefined })
const partition = await store.open({ table: 't', partition: 0 })
for (let call = from; ; call++) {
  const value = Buffer.alloc(200, `${call} `)
  /** @type {import('@stream/core/adapter').RowWrite[]} */
  const rows = []
  for (let i = 0; i < 3000; i++) rows.push([Buffer.from(`row ${i}`), value])
  // One row moves on with every call: its old place must be empty.
  rows.push([Buffer.from(`at ${call - 1}`), null], [Buffer.from(`at ${call}`), value])
  await store.apply([{ partition, rows, position: { changelogOffset: call, writtenAtMs: call } }])
  process.stdout.write(`applied ${call}\n`)
  await new Promise((resolve) => setImmediate(resolve))
}
