import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryTransport } from '../src/index.ts'
import type { MemoryGroupConsumer } from '../src/memory-group-consumer.ts'
import { Member, Rig } from './rig.ts'
import { settle } from './virtual-clock.ts'

const partitions = 5

interface Worker {
  readonly transport: MemoryTransport
  readonly member: Member
  fate: 'alive' | 'stalled' | 'gone'
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('join' as const), slowMs: fc.constantFrom(0, 0, 3_000, 40_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('leave', 'crash', 'stall', 'wake', 'restart'), who: fc.nat(9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('outage' as const), ms: fc.integer({ min: 100, max: 20_000 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
)

/** Whether the log would take a commit of this member for this partition right now. */
function mayCommit(rig: Rig, member: Member, partition: number): boolean {
  if (member.handle === undefined || !member.owned.has(`t/${partition}`)) return false
  const place = { topic: 't', partition }
  const shown = (member.consumer as MemoryGroupConsumer).membership.current(member.handle, [place])
  return rig.log.broker.group('g').checkCommit(shown, true) === undefined
}

describe.each(['eager', 'cooperative'] as const)('%s ownership', (rebalance) => {
  it.each([false, true])(
    'is exclusive at every moment and complete in the end, with static members: %s',
    async (isStatic) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 18 }), async (steps) => {
          const rig = new Rig()
          rig.log.createTopic({ name: 't', partitions })
          const workers: Worker[] = []
          const keeper = await rig.transport()

          const join = async (instanceId: string, slowMs: number): Promise<void> => {
            const transport = await rig.transport()
            const member = new Member(transport, isStatic ? { rebalance, instanceId } : { rebalance })
            if (slowMs > 0) {
              member.onRevoking = () => new Promise((resolve) => rig.clock.setTimer(slowMs, resolve))
            }
            workers.push({ transport, member, fate: 'alive' })
          }
          const check = (): void => {
            for (let partition = 0; partition < partitions; partition += 1) {
              const writers = workers.filter(({ member }) => mayCommit(rig, member, partition))
              expect(writers.length).toBeLessThanOrEqual(1)
            }
            for (const { member } of workers) expect(member.overlapped).toBe(false)
          }
          const pass = async (ms: number): Promise<void> => {
            for (let left = ms; left > 0; left -= 500) {
              await rig.clock.advance(Math.min(500, left))
              check()
            }
          }

          for (const one of steps) {
            if (one.do === 'join') await join(`i${workers.length}`, one.slowMs)
            else if (one.do === 'wait') await pass(one.ms)
            else if (one.do === 'outage') {
              rig.log.setAvailable(false)
              await pass(one.ms)
              rig.log.setAvailable(true)
            } else {
              const index = workers.length === 0 ? -1 : one.who % workers.length
              const worker = workers[index]
              if (worker === undefined || worker.fate === 'gone') continue
              if (one.do === 'leave') {
                worker.fate = 'gone'
                rig.log.wake(worker.transport)
                void worker.member.consumer.close({ leave: true })
              } else if (one.do === 'crash' || one.do === 'restart') {
                worker.fate = 'gone'
                rig.log.crash(worker.transport)
                if (one.do === 'restart') await join(`i${index}`, 0)
              } else if (one.do === 'stall') {
                worker.fate = 'stalled'
                rig.log.stall(worker.transport)
              } else {
                worker.fate = 'alive'
                rig.log.wake(worker.transport)
              }
            }
            await settle()
            check()
          }
          // Members that always miss their deadline would push each other out for ever.
          for (const { member } of workers) member.onRevoking = async () => {}
          for (const worker of workers) if (worker.fate === 'stalled') rig.log.wake(worker.transport)
          await pass(200_000)
          const living = workers.filter(({ fate, member }) => fate !== 'gone' && member.error === undefined)
          const owned = living.flatMap(({ member }) => [...member.owned]).sort()
          const expected = living.length === 0 ? [] : Array.from({ length: partitions }, (_, i) => `t/${i}`)
          expect(owned).toEqual(expected)
          for (const { member } of living) expect(mayCommit(rig, member, 0)).toBe(member.owned.has('t/0'))
          await keeper.close()
        }),
        { numRuns: 25 },
      )
    },
  )
})
