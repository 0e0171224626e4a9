import type { Fetched, Outcome } from '@stream/core/adapter'
import { StreamError } from '@stream/core/adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fault, FaultAction, Seam } from '../src/index.ts'
import { at, Member, Rig, read, record, values } from './rig.ts'
import { settle } from './virtual-clock.ts'

const error = new StreamError({ code: 'STREAM_BROKER_REFUSED', message: 'no' })
const seam = fc.constantFrom<Seam>(
  'commit:before-append',
  'commit:after-append',
  'commit:after-offsets',
  'commit:before-end',
  'commit:after-end',
)
const action = fc.constantFrom<FaultAction>(
  { kind: 'fail', error },
  { kind: 'lose-answer' },
  { kind: 'crash' },
  { kind: 'hold' },
)
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('commit' as const), who: fc.nat(2), size: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('faulty' as const),
      who: fc.nat(2),
      size: fc.integer({ min: 1, max: 3 }),
      seam,
      action,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('send' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
)

describe('read-committed readers', () => {
  it('see each transaction whole or not at all, in log order, whatever happens to its steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(0, 700), async (steps, markerDelayMs) => {
        const rig = new Rig({ markerDelayMs })
        rig.log.createTopic({ name: 'a' })
        rig.log.createTopic({ name: 'b' })
        const keeper = await rig.transport()
        const member = new Member(keeper, { topics: ['a'] })
        const producer = keeper.producer({ deliveryTimeoutMs: 1_000 })
        const readers = ['a', 'b'].map((topic) => {
          const reader = read(keeper, 'read_committed')
          reader.assign([at(topic, 0, 0)])
          return { reader, seen: [] as string[] }
        })
        const outcomes = new Map<string, Outcome['kind'] | 'none'>()
        const expectedSize = new Map<string, number>()
        const holds: Fault[] = []
        let counter = 0
        let sent = 0

        const commit = async (who: number, size: number): Promise<void> => {
          const name = `x${counter++}`
          outcomes.set(name, 'none')
          expectedSize.set(name, size)
          const committer = (await rig.transport()).committer({ transactionalId: `id${who}`, timeoutMs: 8_000 })
          const run = async (): Promise<void> => {
            await committer.init()
            const records = Array.from({ length: size }, () => record('k', name))
            const out = ['a', 'b'].map((topic) => ({ topic, partition: 0, records }))
            const outcome = await committer.commit({ out, offsets: [at('a', 0, counter)], group: member.handle! })
            outcomes.set(name, outcome.kind)
          }
          void run()
          await rig.clock.advance(markerDelayMs)
        }
        const observe = async (): Promise<void> => {
          for (const { reader, seen } of readers) {
            let fetched: readonly Fetched[]
            while ((fetched = await reader.poll({ maxWaitMs: 0 })).length > 0)
              seen.push(...(values(fetched) as string[]))
          }
        }

        await settle()
        for (const one of steps) {
          if (one.do === 'send') {
            await producer.send([{ topic: 'a', partition: 0, records: [record('k', `plain${sent++}`)] }])
          } else if (one.do === 'wait') await rig.clock.advance(one.ms)
          else if (one.do === 'release') for (const hold of holds.splice(0)) hold.release()
          else if (one.do === 'commit') await commit(one.who, one.size)
          else {
            const fault = rig.log.faults.at(one.seam, one.action)
            if (one.action.kind === 'hold') holds.push(fault)
            await commit(one.who, one.size)
          }
          await observe()
        }
        rig.log.faults.clear()
        await rig.clock.advance(30_000)
        await observe()

        const counts = readers.map(({ seen }) => {
          const count = new Map<string, number>()
          for (const name of seen) count.set(name, (count.get(name) ?? 0) + 1)
          return count
        })
        for (const [name, kind] of outcomes) {
          const [inA, inB] = counts.map((count) => count.get(name) ?? 0)
          expect(inA).toBe(inB)
          if (kind === 'committed') expect(inA).toBe(expectedSize.get(name))
          else if (kind === 'aborted' || kind === 'fenced') expect(inA).toBe(0)
          else expect([0, expectedSize.get(name)]).toContain(inA)
        }
        const plain = readers[0]!.seen.filter((name) => name.startsWith('plain'))
        expect(plain).toEqual(Array.from({ length: sent }, (_, i) => `plain${i}`))
        for (const topic of ['a', 'b']) {
          const { stable, end } = rig.log.offsets(topic, 0)
          expect(stable).toBe(end)
        }
      }),
      { numRuns: 60 },
    )
  })
})
