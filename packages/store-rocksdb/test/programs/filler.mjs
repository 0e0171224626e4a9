/**
 * Fills the disk that the directory of its first argument lies on, makes room by the command of its second one, and goes on. Before that
 * it runs the third, which may make things worse. Says what happens, line by line.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { rocksdb } from '@stream/store-rocksdb'

/** @param {string} line */
const say = (line) => process.stdout.write(`${line.replaceAll('\n', ' ')}\n`)
const store = rocksdb({ path: process.argv[2] ?? '', writeBufferBytes: 4 << 20, cacheBytes: 1 << 20 })
await store.start({ appId: 'app', log: (level, message) => say(`log ${level} ${message}`) })
const partition = await store.open({ table: 't', partition: 0 })

/** @param {number} call */
async function write(call) {
  /** @type {import('@stream/core/adapter').RowWrite[]} */
  const rows = []
  for (let i = 0; i < 100; i++) rows.push([Buffer.from(`${call} ${i}`), Buffer.alloc(1000, `${call} ${Math.random()}`)])
  await store.apply([{ partition, rows, position: { changelogOffset: call, writtenAtMs: call } }])
}

/** @param {number} call */
async function attempt(call) {
  try {
    await write(call)
    return true
  } catch (thrown) {
    const error = /** @type {import('@stream/core/adapter').StreamError} */ (thrown)
    say(`failed ${error.code} retryable ${error.retryable} ${error.message}`)
    return false
  }
}

/** @param {string} line */
function run(line) {
  const [command = 'true', ...args] = line.replace('PID', String(process.pid)).split(' ')
  execFileSync(command, args)
}

let call = 1
while (await attempt(call)) {
  if (call++ % 20 === 0) await sleep(5)
}
// Reads go on meanwhile, and nothing of the failed write is there.
say(
  `read ${(await partition.get(Buffer.from('1 1')))?.length} ${(await partition.get(Buffer.from(`${call} 1`)))?.length}`,
)
say(`position behind by ${call - (partition.position?.changelogOffset ?? 0)}`)
run(process.argv[4] ?? 'true')
for (let times = 0; times < 3; times++) await attempt(call)
run(process.argv[3] ?? 'true')
const read = partition.get(Buffer.from('1 2'))
while (!(await attempt(call))) await sleep(50)
say(`goes on, read ${(await read)?.length}`)
for (const last = call + 10; ++call < last; ) await write(call)
let found = 0
for (let wanted = 1; wanted < call; wanted++)
  if ((await partition.get(Buffer.from(`${wanted} 99`))) !== undefined) found++
say(`missing ${call - 1 - found}`)
await store.close()
say('closed')
