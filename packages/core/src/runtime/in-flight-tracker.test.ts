import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InFlightTracker } from './in-flight-tracker.ts'

describe('InFlightTracker', () => {
  it('its position never passes an unfinished record, and passes holes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 3 }), parts: fc.integer({ min: 1, max: 3 }) }), {
          maxLength: 200,
        }),
        fc.infiniteStream(fc.nat()),
        (records, choices) => {
          const tracker = new InFlightTracker(5)
          const open: { slot: number; offset: number; left: number }[] = []
          let offset = 5
          for (const { gap, parts } of records) {
            offset += gap
            open.push({ slot: tracker.start(offset, offset + 1, parts, 0), offset, left: parts })
            offset++
          }
          const end = offset
          while (open.length > 0) {
            const lowest = Math.min(...open.map((record) => record.offset))
            expect(tracker.position).toBeLessThanOrEqual(lowest)
            expect(tracker.oldest()?.offset).toBe(lowest)
            const index = choices.next().value % open.length
            const record = open[index]!
            record.left--
            expect(tracker.finish(record.slot)).toBe(record.left === 0)
            if (record.left === 0) open.splice(index, 1)
          }
          expect(tracker.isEmpty).toBe(true)
          expect(tracker.position).toBe(end)
        },
      ),
    )
  })

  it('a hole behind the last started record is passed only once that is complete', () => {
    const tracker = new InFlightTracker(0)
    const slot = tracker.start(0, 1, 1, 0)
    tracker.passHole(10)
    expect(tracker.position).toBe(0)
    tracker.finish(slot)
    expect(tracker.position).toBe(10)
    tracker.passHole(12)
    expect(tracker.position).toBe(12)
  })

  it('work added to a record holds it back', () => {
    const tracker = new InFlightTracker(0)
    const slot = tracker.start(0, 1, 1, 0)
    tracker.add(slot, 1)
    expect(tracker.finish(slot)).toBe(false)
    expect(tracker.position).toBe(0)
    expect(tracker.isLastPartOfOldest(slot)).toBe(true)
    expect(tracker.finish(slot)).toBe(true)
    expect(tracker.position).toBe(1)
  })
})
