import type { RowWrite } from '@stream/core/adapter'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PartitionRows } from './partition-rows.ts'
import { rowsOfFrame } from './row-image.ts'

const position = { changelogOffset: 1, writtenAtMs: 1 }

it('an image has the rows of the moment it was begun, each once, whatever is written between its steps', () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.nat({ max: 0x7fffffff })),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 0, max: 3000 }),
      (numbers, rowCount, writesPerStep) => {
        const below = (most: number): number => (numbers.next().value as number) % most
        const rows = new PartitionRows()
        const model = new Map<string, string>()
        const change = (count: number, deletedInTen: number): void => {
          const writes: RowWrite[] = []
          for (let i = 0; i < count; i++) {
            const key = `key-${below(15_000)}`
            const value = below(10) < deletedInTen ? null : `${below(1000)}`.padEnd(below(40), '.')
            writes.push([Buffer.from(key), value === null ? null : Buffer.from(value)])
            if (value === null) model.delete(key)
            else model.set(key, value)
          }
          rows.write(writes, position)
        }
        change(rowCount, 0)
        // Leaves free slots behind, for rows that come while the image is taken.
        change(rowCount >> 1, 8)
        const expected = new Map(model)
        const image = rows.beginImage()
        const found = new Map<string, string>()
        let foundCount = 0
        for (let isMore = true; isMore; ) {
          change(writesPerStep, 4)
          isMore = image.step()
          for (const frame of image.takeFrames({ last: !isMore })) {
            for (const [key, value] of rowsOfFrame(Buffer.from(frame))) {
              found.set(Buffer.from(key).toString(), Buffer.from(value).toString())
              foundCount++
            }
          }
        }
        rows.endImage()
        expect(found).toEqual(expected)
        expect(foundCount).toBe(expected.size)
        expect(image.rowCount).toBe(expected.size)
      },
    ),
    { numRuns: 30 },
  )
})
