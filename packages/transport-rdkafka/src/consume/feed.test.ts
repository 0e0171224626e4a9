import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { Feed } from './feed.ts'

const place = { topic: 't', partition: 0 }

function message(offset: number, size = 10) {
  return { ...place, offset, timestamp: 1, key: null, value: Buffer.alloc(size) }
}

function take(feed: Feed, mostBytes = 1000) {
  return feed.take(3, mostBytes, true, () => undefined)
}

describe('a partition that is being read', () => {
  it('has nothing to deliver before it has a position', () => {
    const feed = new Feed(place)
    feed.add(message(0))
    feed.reachedEnd(1)
    expect(feed.isReady).toBe(false)
  })

  it('steps over markers and holes behind the last record where its end is reached', () => {
    const feed = new Feed(place, 0)
    feed.add(message(0))
    feed.add(message(4))
    feed.reachedEnd(7)
    expect(take(feed)).toMatchObject({ assignment: 3, nextOffset: 7, endOffset: 7, sizeBytes: 20 })
    expect(feed.isReady).toBe(false)
  })

  it('forgets an end that more records came behind, and has nothing to deliver when they are delivered', () => {
    const feed = new Feed(place, 0)
    feed.reachedEnd(0)
    feed.add(message(0))
    expect(take(feed)).toMatchObject({ nextOffset: 1 })
    expect([feed.isReady, feed.isAtEnd]).toEqual([false, false])
  })

  it('tells of an end behind nothing but markers', () => {
    const feed = new Feed(place, 5)
    feed.reachedEnd(8)
    expect(take(feed)).toEqual({ ...place, assignment: 3, records: [], nextOffset: 8, endOffset: 8, sizeBytes: 0 })
  })

  it('drops what belongs to an older position, also where it is on its way', () => {
    const feed = new Feed(place, 0)
    feed.add(message(0))
    feed.seek(5)
    feed.add(message(1))
    feed.reachedEnd(2)
    expect(feed.isReady).toBe(false)
    feed.isSeekDue = false
    feed.add(message(2))
    feed.add(message(5))
    expect(take(feed)?.records.map(({ offset }) => offset)).toEqual([5])
  })

  it('is positioned anew only where nothing waits to be delivered, and keeps its position', () => {
    const feed = new Feed(place, 3)
    feed.add(message(3))
    feed.seekAgain()
    expect(feed.isSeekDue).toBe(false)
    take(feed)
    feed.seekAgain()
    expect([feed.isSeekDue, feed.position]).toEqual([true, 4])
  })

  it('keeps what it has while it is paused, within the bytes of a poll afterwards', () => {
    const feed = new Feed(place, 0)
    for (const offset of [0, 1, 2]) feed.add(message(offset, 400))
    feed.isPaused = true
    expect(feed.isReady).toBe(false)
    feed.isPaused = false
    expect(take(feed, 900)).toMatchObject({ nextOffset: 2, sizeBytes: 800 })
    expect(take(feed, 1)).toMatchObject({ nextOffset: 3, sizeBytes: 400 })
  })

  it('delivers an error once, behind what came before it, and nothing after it', () => {
    const feed = new Feed(place, 0)
    feed.add(message(0))
    feed.fail(new StreamError({ code: 'STREAM_OFFSET_OUT_OF_RANGE', message: 'outside' }))
    feed.add(message(1))
    expect(take(feed)?.records).toHaveLength(1)
    expect(take(feed)?.error?.code).toBe('STREAM_OFFSET_OUT_OF_RANGE')
    expect(feed.isReady).toBe(false)
  })
})
