// Rows of 64 partitions of 4 tables, written and read through the store's own contract, so that nothing else takes memory.
import type { StorePartition } from '@stream/core/adapter'
import { rocksdb } from '@stream/store-rocksdb'
import { finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'

const rowsPerCut = 200
const valueBytes = 300

const settings = readSettings()
const window = new MeasuredWindow(settings)
const store = rocksdb()
await store.start({ appId: settings.group, stateDir: settings.stateDirectory, log: () => undefined })
const partitions: StorePartition[] = []
for (let table = 0; table < 4; table++) {
  for (let partition = 0; partition < 64; partition++)
    partitions.push(await store.open({ table: `t${table}`, partition }))
}
for (let cut = 0; cut * rowsPerCut < settings.records; cut++) {
  const partition = partitions[cut % partitions.length]!
  const keys = Array.from({ length: rowsPerCut }, (_, i) => Buffer.from(`${cut} ${i}`))
  window.count(rowsPerCut)
  for (const key of keys) await partition.get(key)
  const rows = keys.map((key) => [key, Buffer.alloc(valueBytes, `${Math.random()}`)] as const)
  await store.apply([{ partition, rows, position: { changelogOffset: cut, writtenAtMs: Date.now() } }])
  await new Promise((resolve) => setImmediate(resolve))
}
finishProgram(window)
