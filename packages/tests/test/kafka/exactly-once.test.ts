// Needs Java and Maven: a real Kafka is started. Runs what is built, since its workers are processes of their own.
import { setTimeout as delay } from 'node:timers/promises'
import { type KafkaBroker, sharedKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allTasks, Trial, until } from '../../exactly-once/index.ts'

let kafka: KafkaBroker

beforeAll(async () => {
  kafka = await sharedKafka()
})

afterAll(() => kafka.close())

const cutSeams = ['frozen', 'committing', 'committed', 'applying', 'applied'] as const
/** With a transaction there is a seam more, inside it. */
const seams = [...cutSeams, 'ending'] as const
const stalledSeams = ['frozen', 'committing', 'ending', 'committed', 'applying'] as const

describe('exactly once, two worker processes under load', () => {
  it('nothing is lost or doubled where one is killed at every seam, inside transactions and at any time, and restarted', async () => {
    const trial = await Trial.start(kafka)
    const { schedule } = trial
    const steady = trial.start('w2', { workerId: 'w2' })
    const kills = schedule.shuffled([
      ...seams,
      'inside',
      'inside',
      'inside',
      'any time',
      'any time',
      'any time',
    ] as const)
    const hits: string[] = []
    for (const kill of kills) {
      const isInside = kill === 'inside'
      const fault = {
        step: isInside ? 'committing' : kill,
        signal: 'SIGKILL',
        after: schedule.between(0, 8),
        ...(isInside ? { delayMs: schedule.between(0, 8) } : {}),
      } as const
      const { step } = fault
      const victim = trial.start('w1', {
        workerId: 'w1',
        ...(step === 'any time' ? {} : { fault: { ...fault, step } }),
      })
      if (step === 'any time') {
        await victim.untilRunning(1)
        await delay(schedule.between(50, 1_000))
        victim.signal('SIGKILL')
      }
      expect(await victim.exit).toBe('SIGKILL')
      if (step !== 'any time') hits.push(...victim.hits)
    }
    expect(hits.length).toBe(kills.filter((kill) => kill !== 'any time').length)
    expect(new Set(hits)).toEqual(new Set(seams))
    const last = trial.start('w1', { workerId: 'w1' })
    await last.untilRunning(1)
    const expected = await trial.end([steady, last])
    await trial.judge(expected)
  }, 200_000)

  it('a dynamic member that stalls in a cut until its tasks are another one’s is fenced, and joins again', async () => {
    const trial = await Trial.start(kafka)
    const { schedule } = trial
    const steady = trial.start('steady', { workerId: 'steady' })
    const stalled = trial.start('stalled', { sessionTimeoutMs: 3_000 })
    for (const [at, step] of stalledSeams.entries()) {
      // A settled group: in the middle of a rebalance its partitions would be given up, not lost.
      for (const worker of [steady, stalled]) await worker.untilRunning(allTasks / 2)
      stalled.arm({ step, signal: 'SIGSTOP', after: schedule.between(0, 5) })
      await until(`stopped at ${step}`, () => stalled.hits.length === at + 1)
      await stalled.untilStopped()
      await steady.untilRunning(allTasks)
      await trial.untilCaughtUp()
      const { lost } = stalled
      const broken = stalled.brokenCuts.length
      stalled.signal('SIGCONT')
      await until(`partitions lost after ${step}`, () => stalled.lost > lost)
      // Behind the commit it is the next cut that comes too late, if there is one before the news.
      if (step === 'committed' || step === 'applying') continue
      await until(`cut refused after ${step}`, () => stalled.brokenCuts.length > broken)
      // What was open when it stood still the broker has ended by itself, when its time was over.
      expect(stalled.brokenCuts[broken], `cut after ${step}`).toBe(step === 'ending' ? 'aborted' : 'fenced')
    }
    await stalled.untilRunning(allTasks / 2)
    expect(stalled.hits).toEqual(stalledSeams)
    const expected = await trial.end([steady, stalled])
    await trial.judge(expected)
  }, 200_000)

  it('a worker that stalls in a cut until another process has its id is fenced, and ends', async () => {
    const trial = await Trial.start(kafka)
    const { schedule } = trial
    const steady = trial.start('w2', { workerId: 'w2' })
    let owner = trial.start('w1', { workerId: 'w1' })
    const hits: string[] = []
    for (const step of stalledSeams) {
      await owner.untilRunning(1)
      owner.arm({ step, signal: 'SIGSTOP', after: schedule.between(0, 5) })
      await until(`stopped at ${step}`, () => owner.hits.length === 1)
      const stalled = owner
      await stalled.untilStopped()
      owner = trial.start(`w1 after ${step}`, { workerId: 'w1' })
      await owner.untilRunning(1)
      await trial.untilCaughtUp()
      stalled.signal('SIGCONT')
      expect(await stalled.exit, `exit code after ${step}`).toBe(1)
      expect(stalled.lines.join('\n'), step).toContain('STREAM_FENCED')
      hits.push(...stalled.hits)
    }
    expect(hits).toEqual(stalledSeams)
    const expected = await trial.end([steady, owner])
    await trial.judge(expected)
  }, 200_000)

  it('a worker that writes what the broker has fenced is found out: the trial can fail', async () => {
    const trial = await Trial.start(kafka)
    const steady = trial.start('w2', { workerId: 'w2' })
    const broken = trial.start('w1', { workerId: 'w1', ignoresFencing: true })
    await broken.untilRunning(1)
    broken.arm({ step: 'frozen', signal: 'SIGSTOP', after: 0 })
    await until('stopped at frozen', () => broken.hits.length === 1)
    await broken.untilStopped()
    const heir = trial.start('heir', { workerId: 'w1' })
    await heir.untilRunning(1)
    await trial.untilCaughtUp()
    broken.signal('SIGCONT')
    await broken.exit
    const expected = await trial.end([steady, heir], false)
    await expect(trial.judge(expected)).rejects.toThrow(/results of the loop/)
  }, 200_000)
})

describe('at least once, two worker processes under load', () => {
  it('nothing is lost where one is killed again and again', async () => {
    const trial = await Trial.start(kafka, 'at_least_once')
    const { schedule } = trial
    const steady = trial.start('w2', { workerId: 'w2' })
    for (const kill of schedule.shuffled([...cutSeams, 'inside', 'inside', 'inside'] as const)) {
      const isInside = kill === 'inside'
      const step = isInside ? 'committing' : kill
      const delayed = isInside ? { delayMs: schedule.between(0, 8) } : {}
      const fault = { step, signal: 'SIGKILL', after: schedule.between(2, 8), ...delayed } as const
      const victim = trial.start('w1', { workerId: 'w1', fault })
      expect(await victim.exit).toBe('SIGKILL')
      expect(victim.hits).toEqual([step])
    }
    const last = trial.start('w1', { workerId: 'w1' })
    await last.untilRunning(1)
    const expected = await trial.end([steady, last])
    for (const topic of ['ordered', 'async', 'grouped'] as const) {
      const found = new Set((await trial.outputs(topic)).map(({ value }) => (value as { readonly n: number }).n))
      expect(found.size, `records with a result in ${topic}`).toBe(expected.records)
    }
    for (const [name, rows] of [
      ['ordered', expected.keyRows],
      ['grouped', expected.groupRows],
    ] as const) {
      const table = await trial.table(name)
      for (const [key, { count }] of rows) {
        expect((table.get(key) as { readonly count: number }).count, `${name} ${key}`).toBeGreaterThanOrEqual(count)
      }
    }
  }, 200_000)
})
