/** Starts a store in the directory of its first argument, and says how that went. */
import { rocksdb } from '@stream/store-rocksdb'

const store = rocksdb({ path: process.argv[2] ?? '' })
try {
  await store.start({ appId: 'app', log: () => undefined })
  process.stdout.write('started\n')
} catch (thrown) {
  const error = /** @type {import('@stream/core/adapter').StreamError} */ (thrown)
  process.stdout.write(`refused ${error.code} ${error.message}\n`)
}
