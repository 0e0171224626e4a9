/** Writes and reads 64 partitions of 4 tables, 75 MiB in all, and says by how much memory has grown at its peak. */
import { rocksdb } from '@stream/store-rocksdb'

const peakMiB = () => process.resourceUsage().maxRSS / 1024
const store = rocksdb({ path: process.argv[2] ?? '', cacheBytes: 8 << 20, writeBufferBytes: 8 << 20 })
const before = peakMiB()
await store.start({ appId: 'app', log: () => undefined })
const partitions = []
for (let table = 0; table < 4; table++) {
  for (let partition = 0; partition < 64; partition++)
    partitions.push(await store.open({ table: `t${table}`, partition }))
}
for (let round = 1; round <= 10; round++) {
  for (const partition of partitions) {
    /** @type {import('@stream/core/adapter').RowWrite[]} */
    const rows = []
    for (let i = 0; i < 100; i++) rows.push([Buffer.from(`${round} ${i}`), Buffer.alloc(300, `${Math.random()}`)])
    await store.apply([{ partition, rows, position: { changelogOffset: round, writtenAtMs: round } }])
  }
  await new Promise((resolve) => setImmediate(resolve))
}
for (const partition of partitions) {
  for (let round = 1; round <= 10; round++) await partition.get(Buffer.from(`${round} 50`))
}
process.stdout.write(`grown ${peakMiB() - before}\n`)
await store.close()
