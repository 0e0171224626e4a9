/** Writes four partitions in one call, over and over, every row with the number of the call, until it is killed. */
import { rocksdb } from '@stream/store-rocksdb'

const [path = '', from] = [process.argv[2], Number(process.argv[3])]
// Small buffers, so that flushes and compactions are always under way.
const store = rocksdb({ path, writeBufferBytes: 4 << 20, cacheBytes: 1 << 20 })
await store.start({ appId: 'app', log: () => undefined })
const partitions = []
for (let partition = 0; partition < 4; partition++) partitions.push(await store.open({ table: 't', partition }))
for (let call = from; ; call++) {
  const value = Buffer.alloc(400, `${call} `)
  /** @type {import('@stream/core/adapter').RowWrite[]} */
  const rows = []
  for (let i = 0; i < 50; i++) rows.push([Buffer.from(`row ${i}`), value])
  // One row moves on with every call: its old place must be empty.
  rows.push([Buffer.from(`at ${call - 1}`), null], [Buffer.from(`at ${call}`), value])
  const position = { changelogOffset: call, writtenAtMs: call }
  await store.apply(partitions.map((partition) => ({ partition, rows, position })))
  process.stdout.write(`applied ${call}\n`)
  if (call % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
}
