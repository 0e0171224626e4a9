import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Engine, loadBinding } from '../database/index.ts'
import { firstKey, PartitionBooks, rowKey } from './index.ts'

const id = { table: 't', partition: 3 }
const position = { changelogOffset: 7, writtenAtMs: 8 }

async function engine(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'stream-books-'))
  const opened = await Engine.open(loadBinding(), directory, { cacheBytes: 1 << 20, writeBufferBytes: 4 << 20 })
  onTestFinished(async () => {
    await opened.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return opened
}

it('a removal that a crash has cut off is ended when the books are read, and its number is not given again', async () => {
  const opened = await engine()
  const books = PartitionBooks.read(opened)
  let number = 0
  opened.write((batch) => {
    number = books.numberOf(id, batch)
    books.write(id, number, position, batch)
    batch.put(rowKey(number, Buffer.from('row')), Buffer.from('value'))
  })
  expect(PartitionBooks.read(opened).find(id)).toMatchObject({ number, position })
  opened.write((batch) => books.writeRemoval(number, batch))
  expect(opened.get(rowKey(number, Buffer.from('row')))).toBeDefined()

  const again = PartitionBooks.read(opened)
  expect(again.find(id)).toBeUndefined()
  expect(opened.scan({ gte: firstKey(number), lt: firstKey(number + 1), reverse: false, limit: 10 })).toEqual([])
  opened.write((batch) => expect(again.numberOf(id, batch)).toBe(number + 1))
})
