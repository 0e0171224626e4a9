/** Holds the state directory of its first argument until it is killed. */
import { rocksdb } from '@stream/store-rocksdb'

const store = rocksdb({ path: process.argv[2] ?? '' })
await store.start({ appId: 'holder', log: () => undefined })
process.stdout.write('started\n')
setInterval(() => undefined, 60_000)
