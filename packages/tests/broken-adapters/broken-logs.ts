import { type Fetched, type OutBatch, type OutRecord, StreamError } from '@stream/core/adapter'
import type { BrokenTransport, TransportBend } from './broken-transport.ts'

/** A producer that changes what it sends. */
function sending(change: (record: OutRecord) => OutRecord): TransportBend {
  return {
    producer: (inner) => ({
      send: (batches) => inner.send(batches.map((batch) => ({ ...batch, records: batch.records.map(change) }))),
    }),
  }
}

/** A reader and a member that change what they deliver. */
function delivering(change: (batch: Fetched) => Fetched | undefined): TransportBend {
  const changed = (batches: readonly Fetched[]): Fetched[] => batches.map(change).filter((batch) => batch !== undefined)
  return {
    reader: (inner) => ({ poll: async (options) => changed(await inner.poll(options)) }),
    group: (inner) => ({ poll: async (options) => changed(await inner.poll(options)) }),
  }
}

const empty = new Uint8Array()

/** Transports whose records are not what was sent. */
export const brokenRecords: readonly BrokenTransport[] = [
  {
    promise: 'loses the last record of a batch',
    fails: [
      'producer > appends in the order of the calls, which may overlap',
      'round trip > carries many small records in one call',
    ],
    bend: {
      producer: (inner) => ({
        send: (batches) =>
          inner.send(
            batches.map((batch) => ({
              ...batch,
              records: batch.records.slice(0, Math.max(1, batch.records.length - 1)),
            })),
          ),
      }),
    },
  },
  {
    promise: 'lets a later call overtake an earlier one',
    fails: ['producer > appends in the order of the calls, which may overlap'],
    bend: {
      producer: (inner) => {
        let calls = 0
        return {
          async send(batches) {
            if (++calls % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
            return inner.send(batches)
          },
        }
      },
    },
  },
  {
    promise: 'reverses the batches of one partition in a call',
    fails: ['producer > appends several batches of one partition in their order'],
    bend: { producer: (inner) => ({ send: async (batches) => (await inner.send(batches.toReversed())).toReversed() }) },
  },
  {
    promise: 'turns a null value into an empty one',
    fails: ['round trip > keeps null, empty and binary keys and values apart'],
    bend: sending((record) => ({ ...record, value: record.value ?? empty })),
  },
  {
    promise: 'turns an empty key into null',
    fails: ['round trip > keeps null, empty and binary keys and values apart'],
    bend: sending((record) => ({ ...record, key: record.key?.length === 0 ? null : record.key })),
  },
  {
    promise: 'keeps one header of each name',
    fails: ['round trip > keeps the order of headers, and names that repeat'],
    bend: sending((record) => ({ ...record, headers: [...new Map(record.headers ?? [])] })),
  },
  {
    promise: 'turns null header values into empty ones',
    fails: ['round trip > keeps null, empty and binary header values apart, and any header name'],
    bend: sending((record) => ({
      ...record,
      headers: (record.headers ?? []).map(([name, value]) => [name, value ?? empty] as const),
    })),
  },
  {
    promise: 'stamps records with the time of sending',
    fails: ['round trip > keeps timestamps to the millisecond, of any order and age'],
    bend: sending((record) => ({ ...record, timestamp: Date.now() })),
  },
]

/** Producers that tell something else than what happened. */
export const brokenProducers: readonly BrokenTransport[] = [
  {
    promise: 'tells the offset of the last record as that of the first',
    fails: ['producer > tells the offset of the first record of each batch'],
    bend: {
      producer: (inner) => ({
        async send(batches) {
          const produced = await inner.send(batches)
          return produced.map((told, i) => {
            const count = (batches[i] as OutBatch).records.length
            return told.baseOffset === undefined ? told : { ...told, baseOffset: told.baseOffset + count - 1 }
          })
        },
      }),
    },
  },
  {
    promise: 'swallows a refused record',
    fails: ['producer > reports a record that is too large with its index, and appends its neighbours'],
    bend: {
      producer: (inner) => ({
        send: async (batches) => (await inner.send(batches)).map(({ error: _, refused: __, ...told }) => told),
      }),
    },
  },
  {
    promise: 'refuses a whole batch for one record',
    fails: ['producer > reports a record that is too large with its index, and appends its neighbours'],
    bend: {
      producer: (inner) => ({
        async send(batches) {
          const isTooLarge = ({ records }: OutBatch): boolean =>
            records.some(({ value }) => (value?.length ?? 0) === 30_000) && records.length > 1
          const produced = await inner.send(batches.filter((batch) => !isTooLarge(batch)))
          const error = new StreamError({
            code: 'STREAM_RECORD_TOO_LARGE',
            message: 'A record of the batch is too large.',
          })
          const refused = batches
            .filter(isTooLarge)
            .map(({ topic, partition }) => ({ topic, partition, error, refused: 3 }))
          return [...refused, ...produced]
        },
      }),
    },
  },
  {
    promise: 'sends again what was sent in an outage',
    fails: ['outage > what is sent while the log is away is there once and in order when it is back'],
    bend: {
      producer: (inner, { log }) => ({
        async send(batches) {
          const wasAway = !log.isAvailable
          const produced = await inner.send(batches)
          if (wasAway) await inner.send(batches)
          return produced
        },
      }),
    },
  },
]

/** Readers with positions or ends that are not those of the log. */
export const brokenReaders: readonly BrokenTransport[] = [
  {
    promise: 'lets the position stop at a marker',
    fails: ['transactions in the log > the position steps over the markers behind the last record'],
    bend: delivering((batch) => {
      const last = batch.records.at(-1)
      return last === undefined && batch.error === undefined
        ? undefined
        : { ...batch, nextOffset: last ? last.offset + 1 : batch.nextOffset }
    }),
  },
  {
    promise: 'counts the position by records',
    fails: ['transactions in the log > the position steps over the markers behind the last record'],
    bend: delivering((batch) => {
      const first = batch.records[0]
      return first === undefined ? batch : { ...batch, nextOffset: first.offset + batch.records.length }
    }),
  },
  {
    promise: 'shows aborted records to read_committed',
    fails: [
      'transactions in the log > aborted records are stepped over by read_committed, also where nothing else follows',
    ],
    bend: { readerOptions: { isolation: 'read_uncommitted' } },
  },
  {
    promise: 'shows aborted records to members of a group',
    fails: ['transactions in the log > a group member gets committed records only, and goes on behind aborted ones'],
    bend: { groupOptions: (options) => ({ ...options, isolation: 'read_uncommitted' }) },
  },
  {
    promise: 'stands still in a hole of compaction',
    fails: ['compacted topics > a position inside a hole is read on from the next record'],
    bend: {
      reader: (inner) => {
        const positions = new Map<string, number>()
        const placeOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`
        return {
          assign(places) {
            for (const place of places) positions.set(placeOf(place), place.offset)
            inner.assign(places)
          },
          async poll(options) {
            return (await inner.poll(options)).map((batch) => {
              const first = batch.records[0]
              const asked = positions.get(placeOf(batch)) ?? 0
              if (first === undefined || first.offset === asked) return batch
              return { ...batch, records: [], nextOffset: asked }
            })
          },
        }
      },
    },
  },
  {
    promise: 'goes to the start of the log where a position is out of range',
    fails: ['reader > reports a position behind the log end once, and reads on after a new position'],
    bend: {
      reader: (inner) => ({
        async poll(options) {
          const batches = await inner.poll(options)
          for (const { topic, partition, error } of batches) if (error) inner.assign([{ topic, partition, offset: 0 }])
          return batches.filter(({ error }) => error === undefined)
        },
      }),
    },
  },
  {
    promise: 'goes on reading what was unassigned',
    fails: ['reader > delivers nothing of a partition after unassign, and goes on with the others'],
    bend: { reader: () => ({ unassign: () => undefined }) },
  },
  {
    promise: 'tells the log end as the last stable offset',
    fails: ['open transactions > init ends what was left open, before it resolves'],
    bend: { reader: (inner) => ({ endOffsets: (places) => inner.endOffsets(places, 'read_uncommitted') }) },
  },
  {
    promise: 'answers polls at once, with nothing',
    fails: ['reader > a poll waits as long as it may, and no longer'],
    bend: { reader: (inner) => ({ poll: () => inner.poll({ maxWaitMs: 0 }) }) },
  },
  {
    promise: 'sleeps until the end of the wait',
    fails: ['group membership > a poll that waits returns when the membership changes'],
    bend: {
      group: (inner) => ({
        async poll({ maxWaitMs }) {
          await new Promise((resolve) => setTimeout(resolve, maxWaitMs))
          return inner.poll({ maxWaitMs: 0 })
        },
      }),
    },
  },
]
