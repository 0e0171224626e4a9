import { describe, expect, it } from 'vitest'
import { WireWriter } from '../wire/index.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'

const partitions = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 2 },
  { topic: 'b', partition: 1 },
]

describe("the consumer protocol's messages", () => {
  it('carry a subscription to the leader unchanged', () => {
    const subscription = { topics: ['a', 'b'], owned: partitions, ownedGeneration: 7, userData: Buffer.from([1, 2, 0]) }
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
  })

  it('carry an assignment to the member unchanged', () => {
    const assignment = { partitions, userData: Buffer.from('core') }
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment)
  })

  it('are understood in the versions of older clients', () => {
    const out = new WireWriter().int16(0)
    out.array(['a'], (topic) => out.string(topic)).byteString(Buffer.from('u'))
    expect(decodeSubscription(out.finish())).toEqual({
      topics: ['a'],
      owned: [],
      ownedGeneration: -1,
      userData: Buffer.from('u'),
    })
  })

  it('say nothing where a member got nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: new Uint8Array(0) })
  })
})
