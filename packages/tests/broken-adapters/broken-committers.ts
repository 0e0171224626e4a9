import { type CommitRequest, type GroupHandle, type Outcome, StreamError } from '@stream/core/adapter'
import type { BrokenTransport } from './broken-transport.ts'

let committers = 0

/** Transactions that are not whole, or not fenced. */
export const brokenCommitters: readonly BrokenTransport[] = [
  {
    promise: 'appends outside of the transaction',
    fails: [
      'committer > names the record that the log refused, and nothing of the transaction is visible',
      'fencing > a commit under a generation that is over is fenced, and nothing of it is visible',
    ],
    bend: {
      committer: (inner, transport) => ({
        async commit({ out, offsets, group }: CommitRequest): Promise<Outcome> {
          const producer = transport.producer({ deliveryTimeoutMs: 1000 })
          await producer.send(out)
          await producer.close()
          return inner.commit({ out: [], offsets, group })
        },
      }),
    },
  },
  {
    promise: 'leaves the offsets out of the transaction',
    fails: ['committer > commits records and offsets together'],
    bend: { committer: (inner) => ({ commit: (request) => inner.commit({ ...request, offsets: [] }) }) },
  },
  {
    promise: 'leaves a record that is too large out, and commits the rest',
    fails: ['committer > names the record that the log refused, and nothing of the transaction is visible'],
    bend: {
      committer: (inner) => ({
        commit: (request) =>
          inner.commit({
            ...request,
            out: request.out.map((batch) => ({
              ...batch,
              records: batch.records.filter(({ value }) => (value?.length ?? 0) < 20_000),
            })),
          }),
      }),
    },
  },
  {
    promise: 'does not say which record was refused',
    fails: ['committer > names the record that the log refused, and nothing of the transaction is visible'],
    bend: {
      committer: (inner) => ({
        async commit(request) {
          const outcome = await inner.commit(request)
          return outcome.kind === 'aborted' ? { kind: 'aborted', cause: outcome.cause } : outcome
        },
      }),
    },
  },
  {
    promise: 'tells the offset of the last record as the next one',
    fails: ['committer > tells the position behind the last record of each partition'],
    bend: {
      committer: (inner) => ({
        async commit(request) {
          const outcome = await inner.commit(request)
          if (outcome.kind !== 'committed') return outcome
          const nextOffsets = (outcome.nextOffsets ?? []).map((place) => ({ ...place, offset: place.offset - 1 }))
          return { kind: 'committed', nextOffsets }
        },
      }),
    },
  },
  {
    promise: 'uses another transactional id than it was given',
    fails: ['fencing > a second committer of an id fences the first, of which nothing is visible'],
    bend: {
      committerOptions: (options) => ({ ...options, transactionalId: `${options.transactionalId}-${++committers}` }),
    },
  },
  {
    promise: 'leaves open what a dead process began',
    fails: ['open transactions > init ends what was left open, before it resolves'],
    bend: {
      committerOptions: (options) => ({ ...options, transactionalId: `${options.transactionalId}-${++committers}` }),
    },
  },
  {
    promise: 'commits offsets under the generation of now',
    fails: ['fencing > a commit under a generation that is over is fenced, and nothing of it is visible'],
    bend: (() => {
      const latest = new Map<string, GroupHandle>()
      return {
        listener: (inner) => ({
          onAssign(partitions, group, userData) {
            latest.set(group.memberId, group)
            return inner.onAssign(partitions, group, userData)
          },
        }),
        committer: (inner) => ({
          commit: (request) => inner.commit({ ...request, group: latest.get(request.group.memberId) ?? request.group }),
        }),
      }
    })(),
  },
  {
    promise: 'calls a fenced commit aborted',
    fails: ['fencing > a second committer of an id fences the first, of which nothing is visible'],
    bend: {
      committer: (inner) => ({
        async commit(request) {
          const outcome = await inner.commit(request)
          return outcome.kind === 'fenced' ? { kind: 'aborted', cause: outcome.cause } : outcome
        },
      }),
    },
  },
  {
    promise: 'calls an unknown outcome aborted',
    fails: ['outage > a commit in an outage is whole or not at all, as its outcome says, or as init decides'],
    bend: {
      committer: (inner, { log }) => ({
        async commit(request) {
          const wasAway = !log.isAvailable
          const outcome = await inner.commit(request)
          if (!wasAway || outcome.kind !== 'committed') return outcome
          const cause = new StreamError({
            code: 'STREAM_TRANSACTION_ABORTED',
            message: 'No answer came, so it failed.',
          })
          return { kind: 'aborted', cause }
        },
      }),
    },
  },
  {
    promise: 'offers transactions that it says it cannot fence',
    fails: ['committer > commits records and offsets together'],
    bend: {
      transport: (inner) => ({ supports: Object.freeze({ ...inner.supports, groupFencing: false }) }),
    },
  },
]
