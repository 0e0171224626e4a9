import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeConformance } from '@stream/conformance'
import { rocksdb } from '@stream/store-rocksdb'
import { afterAll, afterEach, beforeEach, describe, it } from 'vitest'

const path = mkdtempSync(join(tmpdir(), 'stream-rocksdb-'))
afterAll(() => rmSync(path, { recursive: true, force: true }))

storeConformance(
  { describe, it, beforeEach, afterEach },
  { name: 'rocksdb', open: () => rocksdb({ path, cacheBytes: 8 << 20, writeBufferBytes: 8 << 20 }) },
)
