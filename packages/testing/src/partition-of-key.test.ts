import { App, bytes } from '@stream/core'
import { expect, it } from 'vitest'
import { testDriver } from './index.ts'
import { partitionOfKey } from './partition-of-key.ts'

it.each(['murmur2', 'crc32'] as const)('keys are placed where an app places them: %s', async (partitioner) => {
  const driver = await testDriver((options) => {
    const app = new App({ id: 'echo', ...options })
    const source = app.topic('source', { partitions: 1 })
    const target = app.topic('target', { key: bytes(), partitions: 7, partitioner })
    app.stream(source).to(target)
    return { app, source, target }
  })
  const { source, target } = driver.built
  for (let length = 0; length < 70; length += 1) {
    const key = Uint8Array.from({ length }, () => Math.floor(driver.random() * 256))
    driver.input(source).send(key, key)
  }
  await driver.settle()
  const placed = driver.output(target).readAll()
  expect(placed).toHaveLength(70)
  for (const { key, partition } of placed) {
    expect(partitionOfKey(partitioner, key ?? new Uint8Array(), 7), `a key of ${key?.length} bytes`).toBe(partition)
  }
  await driver.close()
})

it('keys are placed by the function of the topic', () => {
  expect(partitionOfKey((key, count) => (key[0] ?? 0) % count, Uint8Array.of(5), 3)).toBe(2)
})
