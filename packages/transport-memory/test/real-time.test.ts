import { describe, expect, it } from 'vitest'
import { MemoryLog, memory } from '../src/index.ts'
import { at, Member, read, record } from './rig.ts'
import { settle } from './virtual-clock.ts'

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
}

describe("on the machine's clock", () => {
  it('nothing keeps the process alive once every transport is closed or dead', async () => {
    const before = timers()
    const log = new MemoryLog()
    log.createTopic({ name: 't' })
    const [closed, killed] = [memory({ log }), memory({ log })]
    await closed.open({ log: () => {} })
    await killed.open({ log: () => {} })
    const member = new Member(closed)
    new Member(killed)
    const reader = read(killed, 'read_committed')
    reader.assign([at('t', 0, 0)])
    void reader.poll({ maxWaitMs: 60_000 })
    void member.consumer.poll({ maxWaitMs: 60_000 })
    await settle()
    expect(timers()).toBeGreaterThan(before)
    log.crash(killed)
    await closed.close()
    expect(timers()).toBe(before)
  })

  it('a loop over a full log leaves the timers of the process their turn', async () => {
    const log = new MemoryLog()
    log.createTopic({ name: 't' })
    const transport = memory({ log })
    await transport.open({ log: () => {} })
    const records = Array.from({ length: 50_000 }, () => record('k', 'v'))
    await transport.producer({ deliveryTimeoutMs: 1_000 }).send([{ topic: 't', partition: 0, records }])
    const limits = { isolation: 'read_committed', maxPollBytes: 1, maxPartitionBytes: 1, fetchWaitMs: 1 } as const
    const reader = transport.reader(limits)
    reader.assign([at('t', 0, 0)])
    let hasFired = false
    const timer = setTimeout(() => {
      hasFired = true
    }, 1)
    let polls = 0
    while (!hasFired && polls < 50_000) {
      await reader.poll({ maxWaitMs: 100 })
      polls += 1
    }
    clearTimeout(timer)
    await transport.close()
    expect(hasFired).toBe(true)
  })
})
