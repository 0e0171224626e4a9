import { describe, expect, it } from 'vitest'
import { string } from '../serde/index.ts'
import { repartitionTopic } from '../topology/index.ts'
import type { TopicPartitionOffset } from '../transport/index.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import { TaskInput } from './task-input.ts'

/** A purge whose timer is due and whose client answers when the test says so. */
function purging() {
  const topic = repartitionTopic('app', 'groups', { key: string(), value: string() })
  const asked: TopicPartitionOffset[] = []
  const errors: unknown[] = []
  let tick = (): void => undefined
  let refuse = (_: Error): void => undefined
  const purge = new RepartitionPurge({
    clock: {
      now: () => 0,
      monotonicMs: () => 0,
      setTimer: (_, fn) => {
        tick = fn
        return { cancel: () => undefined }
      },
    },
    admin: {
      deleteRecords: (before) => {
        asked.push(...before)
        return new Promise((_, reject) => {
          refuse = reject
        })
      },
    },
    intervalMs: 1,
    tasks: () => [{ inputs: [new TaskInput(0, topic, 2, 7)] }],
    onError: (error) => errors.push(error),
  })
  purge.start()
  tick()
  const fail = async (): Promise<void> => {
    refuse(new Error('closed'))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { purge, asked, errors, fail }
}

describe('the purge of repartition topics', () => {
  it('deletes what lies below the committed offset, and reports where it cannot', async () => {
    const { asked, errors, fail } = purging()
    expect(asked).toEqual([{ topic: 'app-groups-repartition', partition: 2, offset: 7 }])
    await fail()
    expect(errors).toEqual([new Error('closed')])
  })

  it('reports nothing once it is stopped: its client is closed under it', async () => {
    const { purge, errors, fail } = purging()
    purge.stop()
    await fail()
    expect(errors).toEqual([])
  })
})
