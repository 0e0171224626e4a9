// Needs Java and Maven: a real Kafka is started. Runs what is built, since its workers are processes of their own.
import { type KafkaBroker, startKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allTasks, Trial, until } from '../../exactly-once/index.ts'

let kafka: KafkaBroker

beforeAll(async () => {
  kafka = await startKafka()
})

afterAll(() => kafka.close())

describe('exactly once, two worker processes under load, and a broker that goes away', () => {
  it('the workers go on by themselves after a crash and a restart of the broker, and nothing is lost or doubled', async () => {
    const trial = await Trial.start(kafka)
    const { schedule } = trial
    const steady = trial.start('w2', { workerId: 'w2' })
    const victim = trial.start('w1', { workerId: 'w1' })
    await victim.untilRunning(1)
    await trial.untilCaughtUp()
    await kafka.kill()
    await kafka.restart()
    await trial.untilCaughtUp()
    victim.arm({ step: 'committing', signal: 'SIGKILL', after: 0, delayMs: schedule.between(0, 8) })
    expect(await victim.exit).toBe('SIGKILL')
    expect(victim.hits).toEqual(['committing'])
    const heir = trial.start('w1', { workerId: 'w1' })
    await heir.untilRunning(1)
    await trial.untilCaughtUp()
    await kafka.restart()
    await trial.untilCaughtUp()
    // A worker dies while nobody can be told of it.
    heir.arm({ step: 'committed', signal: 'SIGKILL', after: 2 })
    await until('killed after the commit', () => heir.hits.length === 1)
    await kafka.kill()
    await kafka.restart()
    const last = trial.start('w1', { workerId: 'w1' })
    await last.untilRunning(1)
    expect(steady.hasEnded).toBe(false)
    expect((await steady.tasks()).tasks.length + (await last.tasks()).tasks.length).toBe(allTasks)
    const expected = await trial.end([steady, last])
    await trial.judge(expected)
  }, 100_000)
})
