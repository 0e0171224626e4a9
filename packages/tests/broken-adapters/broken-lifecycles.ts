import { StreamError } from '@stream/core/adapter'
import type { BrokenTransport } from './broken-transport.ts'

/** Transports that end badly, or do to topics what nobody asked for. */
export const brokenLifecycles: readonly BrokenTransport[] = [
  {
    promise: 'refuses a second close',
    fails: ['lifecycle > closes once, again, and twice at the same time'],
    bend: {
      transport: (inner) => {
        let isClosed = false
        return {
          async close() {
            if (isClosed) throw new StreamError({ code: 'STREAM_CLOSED', message: 'The transport is closed already.' })
            isClosed = true
            await inner.close()
          },
        }
      },
    },
  },
  {
    promise: 'answers polls of a closed reader',
    fails: ['lifecycle > refuses the calls of a closed reader'],
    bend: {
      reader: (inner) => {
        let isClosed = false
        return {
          poll: async (options) => (isClosed ? [] : inner.poll(options)),
          async close() {
            isClosed = true
            await inner.close()
          },
        }
      },
    },
  },
  {
    promise: 'leaves its producers open when it is closed',
    fails: ['lifecycle > closes a producer that is left open with its transport'],
    bend: {
      producer: (inner) => ({
        send: (batches) =>
          inner.send(batches).catch((error) => (StreamError.is(error, 'STREAM_CLOSED') ? [] : Promise.reject(error))),
      }),
    },
  },
  {
    promise: 'throws errors of its own making',
    fails: ['lifecycle > refuses the calls of a closed admin'],
    bend: {
      admin: (inner) => ({
        describeTopics: (names) => inner.describeTopics(names).catch(() => Promise.reject(new Error('socket hang up'))),
      }),
    },
  },
  {
    promise: 'leaves its flags open to change',
    fails: ['manifest > states every supports flag, frozen, once it is open'],
    bend: { transport: (inner) => ({ supports: { ...inner.supports } }) },
  },
  {
    promise: 'was written against another contract',
    fails: ['manifest > has a name and the contract version of this kit'],
    bend: { transport: () => ({ contract: 99 }) },
  },
  {
    promise: 'makes up a description of missing topics',
    fails: ['admin > leaves missing topics out of the description'],
    bend: {
      admin: (inner) => ({
        async describeTopics(names) {
          const found = await inner.describeTopics(names)
          return new Map(names.map((name) => [name, found.get(name) ?? { name, partitions: 0 }]))
        },
      }),
    },
  },
  {
    promise: 'creates the topics it is asked about',
    fails: ['admin > describing or reading a missing topic does not create it'],
    bend: {
      admin: (inner) => ({
        async describeTopics(names) {
          const found = await inner.describeTopics(names)
          const missing = names.filter((name) => !found.has(name))
          await inner.createTopics(missing.map((name) => ({ name, partitions: 1, replicationFactor: -1, configs: {} })))
          return found
        },
      }),
    },
  },
  {
    promise: 'refuses to create what exists',
    fails: ['admin > leaves a topic that exists alone, and creates the others of the same call'],
    bend: {
      admin: (inner) => ({
        async createTopics(specs) {
          const found = await inner.describeTopics(specs.map(({ name }) => name))
          if (found.size > 0)
            throw new StreamError({ code: 'STREAM_BROKER_REFUSED', message: 'The topic exists already.' })
          await inner.createTopics(specs)
        },
      }),
    },
  },
  {
    promise: 'deletes no records, though it says so',
    fails: ['admin > removes records below an offset, and none above it'],
    bend: { admin: () => ({ deleteRecords: async () => undefined }) },
  },
  {
    promise: 'describes only the configs that were set',
    fails: ['admin > describes topic configs with their effective values'],
    bend: {
      admin: (inner) => ({
        async describeTopics(names) {
          const found = await inner.describeTopics(names)
          return new Map([...found].map(([name, { configs: _, ...topic }]) => [name, { ...topic, configs: {} }]))
        },
      }),
    },
  },
]
