import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { withLock } from './with-lock.ts'

const directory = mkdtempSync(join(tmpdir(), 'stream-lock-'))
const lockFile = join(directory, 'lock')

afterEach(() => rmSync(lockFile, { force: true }))
afterAll(() => rmSync(directory, { recursive: true }))

describe('a lock', () => {
  it('lets one in at a time', async () => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await delay(5)
      inside--
    }
    await Promise.all([withLock(lockFile, work), withLock(lockFile, work), withLock(lockFile, work)])
    expect(most).toBe(1)
  })

  it('is given back when the work fails', async () => {
    await expect(withLock(lockFile, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
    expect(existsSync(lockFile)).toBe(false)
  })

  it('is taken over when its holder is gone', async () => {
    // No process has this id: it is above the largest that Linux and macOS give.
    writeFileSync(lockFile, '99999999')
    expect(await withLock(lockFile, async () => 'done')).toBe('done')
  })
})
