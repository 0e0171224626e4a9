import { describe, expect, it } from 'vitest'
import { writeTopics } from '../requests/index.ts'
import { WireWriter } from '../wire/index.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'

const partitions = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 2 },
  { topic: 'b', partition: 1 },
]

describe("the consumer protocol's messages", () => {
  it('carry a subscription to the leader unchanged', () => {
    const told = { topics: ['a', 'b'], owned: partitions, ownedGeneration: 7, userData: Buffer.from([1, 2, 0]) }
    for (const keepsOwned of [true, false]) {
      const subscription = { ...told, keepsOwned }
      expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
    }
  })

  it('carry an assignment to the member unchanged', () => {
    for (const handsOver of [true, false]) {
      const assignment = { partitions, userData: Buffer.from('core'), handsOver }
      expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment)
    }
  })

  it('are understood in the versions of older clients', () => {
    const out = new WireWriter().int16(0)
    out.array(['a'], (topic) => out.string(topic)).byteString(Buffer.from('u'))
    expect(decodeSubscription(out.finish())).toEqual({
      topics: ['a'],
      owned: [],
      ownedGeneration: -1,
      keepsOwned: false,
      userData: Buffer.from('u'),
    })
  })

  it('of a member of another program that owns something say that it keeps that', () => {
    const out = new WireWriter().int16(1)
    out.array(['a'], (topic) => out.string(topic)).byteString(Buffer.alloc(0))
    writeTopics(out, partitions)
    expect(decodeSubscription(out.finish())).toMatchObject({ owned: partitions, keepsOwned: true })
  })

  it('say nothing where a member got nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({
      partitions: [],
      userData: new Uint8Array(0),
      handsOver: false,
    })
  })
})
