import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { demoStore } from '../src/demo-store.ts'

it('each run keeps its tables in a directory of its own, and leaves nothing behind', async () => {
  const state = mkdtempSync(join(tmpdir(), 'stream-demo-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const { make, remove, address } = await demoStore(`rocksdb://${state}?cacheBytes=4194304`, 'demo-x-')
  const [first, again] = [make(), make()]
  await first.start({ appId: 'demo-x-airport-delays', log: () => undefined })
  await first.close()
  await again.start({ appId: 'demo-x-airport-delays', log: () => undefined })
  await again.close()
  const [own] = readdirSync(state)
  expect(own).toMatch(/^demo-x-\d+$/)
  expect(address).toBe(`rocksdb://${join(state, own!)}?cacheBytes=4194304`)
  remove()
  expect(existsSync(join(state, own!))).toBe(false)
})

it('keeps them in memory where nothing is said', async () => {
  for (const address of [undefined, '', 'memory://']) {
    const { make, address: own } = await demoStore(address, '')
    expect(make().name).toBe('memory')
    expect(own).toBeUndefined()
  }
})

it.each(['rocksdb://', 'aerospikes://localhost', 'elsewhere'])('refuses %s', async (address) => {
  await expect(demoStore(address, '')).rejects.toThrow('rocksdb://<directory>')
})
