import { WireReader, type WireRequest } from '../wire/index.ts'

/** What the broker tells of one group to those who are not in it. */
export interface GroupDescription {
  readonly error: number
  /** Kafka's own words, such as `Stable`, `Empty` and `PreparingRebalance`. */
  readonly state: string
  /** User data of the subscription of each member; empty where it is none that can be read. */
  readonly userData: readonly Uint8Array[]
}

/** DescribeGroups v3, of one group. */
export function describeGroup(groupId: string): WireRequest<GroupDescription> {
  return {
    apiKey: 15,
    apiName: 'DescribeGroups',
    version: 3,
    flexible: false,
    write: (out) => {
      out.array([groupId], (one) => out.string(one)).bool(false)
    },
    read: (answer) => {
      answer.int32()
      const [group] = answer.array(() => {
        const error = answer.int16()
        answer.string()
        const state = answer.string()
        answer.string()
        answer.string()
        const userData = answer.array(() => {
          for (let text = 0; text < 3; text++) answer.string()
          const subscription = answer.byteString()
          answer.byteString()
          return userDataOf(subscription)
        })
        answer.int32()
        return { error, state, userData }
      })
      return group ?? { error: 0, state: 'Dead', userData: [] }
    },
  }
}

/** The broker passes subscriptions on unread, so one of another program may hold anything. */
function userDataOf(subscription: Buffer): Uint8Array {
  try {
    const reader = new WireReader(subscription)
    reader.int16()
    reader.array(() => reader.string())
    return reader.byteString()
  } catch {
    return new Uint8Array(0)
  }
}
