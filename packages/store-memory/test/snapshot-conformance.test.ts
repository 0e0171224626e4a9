import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeConformance } from '@stream/conformance'
import { memory } from '@stream/store-memory'
import { afterAll, afterEach, beforeEach, describe, it } from 'vitest'

const path = mkdtempSync(join(tmpdir(), 'stream-memory-'))
afterAll(() => rmSync(path, { recursive: true, force: true }))

storeConformance(
  { describe, it, beforeEach, afterEach },
  { name: 'memory with snapshots', open: () => memory({ snapshot: { path, intervalMs: 5 } }) },
)
