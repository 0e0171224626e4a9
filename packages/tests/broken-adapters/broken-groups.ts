import {
  type GroupConsumer,
  type GroupHandle,
  type GroupListener,
  StreamError,
  type TopicPartition,
  type TopicPartitionOffset,
} from '@stream/core/adapter'
import type { BrokenTransport } from './broken-transport.ts'

/** Members that get or keep what is not theirs, or not theirs yet. */
export const brokenMembers: readonly BrokenTransport[] = [
  {
    promise: 'does not wait for onRevoke',
    fails: [
      'group membership > a partition waits for the promise of onRevoke, longer than the session timeout, before another member has it',
    ],
    bend: {
      listener: (inner) => ({
        async onRevoke(partitions, options) {
          void inner.onRevoke(partitions, options)
        },
      }),
    },
  },
  {
    promise: 'lets heartbeats wait for the listener',
    fails: ['group membership > heartbeats go on while onAssign is pending for longer than the session timeout'],
    bend: {
      listener: (inner, _, transport) => ({
        async onAssign(partitions, group, userData) {
          transport.log.stall(transport)
          await inner.onAssign(partitions, group, userData)
          transport.log.wake(transport)
        },
      }),
    },
  },
  {
    promise: 'calls the listener while a call is pending',
    fails: ['group membership > calls of the listener never overlap'],
    bend: {
      listener: (inner) => ({
        async onAssign(partitions, group, userData) {
          void inner.onRevoke([], { deadlineMs: 1 })
          await inner.onAssign(partitions, group, userData)
        },
      }),
    },
  },
  {
    promise: 'says nothing of partitions that are lost',
    fails: [
      'group membership > a member that does not give its partitions up by the deadline loses them',
      'stalled members > a member that slept through its session is told of its loss, commits nothing, and joins again',
    ],
    bend: { listener: () => ({ onLost: () => undefined }) },
  },
  {
    promise: 'closes without leaving the group',
    fails: ['group membership > leaving hands the partitions over at once, after onRevoke'],
    bend: {
      group: () => {
        let isClosed = false
        return {
          async poll() {
            if (isClosed) throw new Error('closed')
            await new Promise((resolve) => setTimeout(resolve, 10))
            return []
          },
          async close() {
            isClosed = true
          },
        }
      },
    },
  },
  {
    promise: 'gives every member of its own group',
    fails: ['group membership > two and three members own each partition once, and never two of them at a time'],
    bend: {
      groupOptions: (options) => ({ ...options, groupId: `${options.groupId}-${Math.random()}` }),
    },
  },
  {
    promise: 'drops the answer of the assignor to its members',
    fails: ['assignor > runs the assignor with the user data of all members, and delivers its answer'],
    bend: { listener: (inner) => ({ onAssign: (partitions, group) => inner.onAssign(partitions, group) }) },
  },
  {
    promise: 'asks for the user data once',
    fails: ['assignor > asks for the user data anew at every join'],
    bend: {
      groupOptions: (options) => {
        const userData = options.userData?.()
        return userData === undefined ? options : { ...options, userData: () => userData }
      },
    },
  },
  {
    promise: 'ignores the assignor it claims to run',
    fails: ['assignor > runs the assignor with the user data of all members, and delivers its answer'],
    bend: { groupOptions: ({ assignor: _, ...options }) => options },
  },
  {
    promise: 'ignores instance ids it claims to support',
    fails: [
      'static membership > a member that comes back under its instance id has its partitions again, and no other member is disturbed',
    ],
    bend: { groupOptions: ({ instanceId: _, ...options }) => options },
  },
  {
    promise: 'keeps quiet about a fenced incarnation',
    fails: ['static membership > a new incarnation fences the old one for good'],
    bend: { listener: () => ({ onError: (_: StreamError) => undefined }) },
  },
  {
    promise: 'rebalances eagerly where cooperative is asked for',
    fails: ['cooperative rebalance > only partitions that move are revoked, and only new ones assigned'],
    bend: { groupOptions: (options) => ({ ...options, rebalance: 'eager' }) },
  },
  {
    promise: 'fences what is being given up',
    fails: [
      'cooperative rebalance > what is given up can be committed until onRevoke settles, under the handle it was worked on, and not later',
    ],
    bend: (() => {
      let isRevoking = false
      return {
        listener: (inner: GroupListener) => ({
          async onRevoke(partitions: readonly TopicPartition[], options: { readonly deadlineMs: number }) {
            isRevoking = true
            await inner.onRevoke(partitions, options).finally(() => {
              isRevoking = false
            })
          },
        }),
        group: (inner: GroupConsumer) => ({
          commit: (offsets: readonly TopicPartitionOffset[], group: GroupHandle) =>
            isRevoking ? Promise.reject(fenced()) : inner.commit(offsets, group),
        }),
      }
    })(),
  },
  {
    promise: 'commits under its newest handle, whichever it is given',
    fails: [
      'cooperative rebalance > what comes back after it was given up is not committed under the handle of before',
    ],
    bend: (() => {
      const newest = new Map<string, GroupHandle>()
      return {
        listener: (inner: GroupListener) => ({
          onAssign(partitions: readonly TopicPartition[], group: GroupHandle, userData?: Uint8Array) {
            newest.set(group.memberId, group)
            return inner.onAssign(partitions, group, userData)
          },
        }),
        group: (inner: GroupConsumer) => ({
          commit: (offsets: readonly TopicPartitionOffset[], group: GroupHandle) =>
            inner.commit(offsets, newest.get(group.memberId) ?? group),
        }),
      }
    })(),
  },
  {
    promise: 'commits nothing under a handle that is not the newest',
    fails: [
      'cooperative rebalance > a member whose partitions stay commits all the time, however often others come and go',
    ],
    bend: (() => {
      const newest = new Map<string, number>()
      return {
        listener: (inner: GroupListener) => ({
          async onAssign(partitions: readonly TopicPartition[], group: GroupHandle, userData?: Uint8Array) {
            newest.set(group.memberId, group.generation)
            // The handle is stale for a moment, as it is while a rebalance goes on.
            await new Promise((resolve) => setTimeout(resolve, 5))
            await inner.onAssign(partitions, group, userData)
          },
        }),
        group: (inner: GroupConsumer) => ({
          commit: (offsets: readonly TopicPartitionOffset[], group: GroupHandle) =>
            group.generation < (newest.get(group.memberId) ?? 0)
              ? Promise.reject(fenced())
              : inner.commit(offsets, group),
        }),
      }
    })(),
  },
]

function fenced(): StreamError {
  return new StreamError({ code: 'STREAM_FENCED', message: 'The group has moved on' })
}

/** Members that deliver or commit what they must not. */
export const brokenDeliveries: readonly BrokenTransport[] = [
  {
    promise: 'delivers before a seek',
    fails: ['group delivery > delivers nothing of a partition before seek gave it a position'],
    bend: {
      listener: (inner, consumer) => ({
        async onAssign(partitions, group, userData) {
          consumer().seek(partitions.map((place) => ({ ...place, offset: 0 })))
          await inner.onAssign(partitions, group, userData)
        },
      }),
    },
  },
  {
    promise: 'delivers while onAssign is pending',
    fails: ['group delivery > delivers nothing while onAssign is pending'],
    bend: {
      listener: (inner) => ({
        async onAssign(partitions, group, userData) {
          void inner.onAssign(partitions, group, userData)
        },
      }),
    },
  },
  {
    promise: 'ignores pause',
    fails: [
      'group delivery > delivers nothing of paused partitions, and goes on where they were when they are resumed',
    ],
    bend: { group: () => ({ pause: () => undefined }) },
  },
  {
    promise: 'forgets the position of a paused partition',
    fails: [
      'group delivery > delivers nothing of paused partitions, and goes on where they were when they are resumed',
    ],
    bend: {
      group: (inner) => ({
        resume(partitions) {
          inner.seek(partitions.map((place) => ({ ...place, offset: 0 })))
          inner.resume(partitions)
        },
      }),
    },
  },
  {
    promise: 'takes the first seek only',
    fails: ['group delivery > a seek replaces the position, and drops what was fetched for the old one'],
    bend: {
      group: (inner) => {
        const positioned = new Set<string>()
        return {
          seek(positions) {
            const fresh = positions.filter(({ topic, partition }) => !positioned.has(`${topic}/${partition}`))
            for (const { topic, partition } of fresh) positioned.add(`${topic}/${partition}`)
            inner.seek(fresh)
          },
        }
      },
    },
  },
  {
    promise: 'tags all batches with one assignment',
    fails: ['group delivery > a batch carries the generation it was fetched under'],
    bend: {
      group: (inner) => ({
        poll: async (options) => (await inner.poll(options)).map((batch) => ({ ...batch, assignment: 1 })),
      }),
    },
  },
  {
    promise: 'commits under whatever generation it has',
    fails: ['group offsets > refuses a commit under a generation that is over, and keeps the offsets'],
    bend: (() => {
      const latest = new Map<string, GroupHandle>()
      return {
        listener: (inner) => ({
          onAssign(partitions, group, userData) {
            latest.set(group.memberId, group)
            return inner.onAssign(partitions, group, userData)
          },
        }),
        group: (inner) => ({ commit: (offsets, group) => inner.commit(offsets, latest.get(group.memberId) ?? group) }),
      }
    })(),
  },
  {
    promise: 'takes a missing offset for zero',
    fails: ['group offsets > committed offsets are undefined before the first commit, then what was committed'],
    bend: {
      group: (inner) => ({
        committed: async (places) =>
          (await inner.committed(places)).map((place) => ({ ...place, offset: place.offset ?? 0 })),
      }),
    },
  },
  {
    promise: 'never lets a committed offset go back',
    fails: ['group offsets > a later commit replaces an earlier one, forwards and backwards'],
    bend: {
      group: (inner) => {
        const highest = new Map<string, number>()
        const isBack = ({ topic, partition, offset }: TopicPartitionOffset): boolean => {
          const name = `${topic}/${partition}`
          if (offset < (highest.get(name) ?? -1)) return true
          highest.set(name, offset)
          return false
        }
        return {
          commit: (offsets, group) =>
            inner.commit(
              offsets.filter((offset) => !isBack(offset)),
              group,
            ),
        }
      },
    },
  },
  {
    promise: 'tells committed offsets that are not stable',
    fails: ['open transactions > committed offsets are not told before the transaction on them has ended'],
    bend: {
      group: (inner) => ({
        async committed(places) {
          let timer: ReturnType<typeof setTimeout> | undefined
          const told = new Promise<undefined>((resolve) => {
            timer = setTimeout(() => resolve(undefined), 10)
          })
          const answer = await Promise.race([inner.committed(places).catch(() => undefined), told])
          clearTimeout(timer)
          return answer ?? places.map((place) => ({ ...place, offset: undefined }))
        },
      }),
    },
  },
]
