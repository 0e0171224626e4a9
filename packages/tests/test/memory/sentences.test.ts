import type { ErrorEvent } from '@stream/core'
import { StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import { countingDriver, expectCounted } from '../../src/faults/index.ts'

/** What a report of an error says. */
function told(code: StreamErrorCode, sentence: RegExp, consequence: ErrorEvent['consequence'] = 'task-closed'): object {
  return { consequence, error: expect.objectContaining({ code, message: expect.stringMatching(sentence) }) }
}

describe('what sends tasks back to their checkpoint says so, and why:', () => {
  it('STREAM_OUTCOME_UNKNOWN, where the answer to a commit was lost', async () => {
    const { driver, send, errors } = await countingDriver()
    const fault = driver.log.faults.at('commit:after-end', { kind: 'lose-answer' })
    send()
    await driver.settle()
    expect(fault.hits).toBe(1)
    expect(errors).toContainEqual(
      told(
        'STREAM_OUTCOME_UNKNOWN',
        /The answer to the end of transaction app-worker-1 was lost\. Call init\(\), which decides it/,
      ),
    )
    expectCounted(driver, 1)
    await driver.close()
  })

  it('STREAM_TRANSACTION_ABORTED, where the broker has ended a transaction that took too long', async () => {
    const { driver, send, errors } = await countingDriver({ env: { STREAM_TRANSACTION_TIMEOUT_MS: '500' } })
    const held = driver.log.faults.at('commit:after-append', { kind: 'hold' })
    send()
    await driver.advance(2_000)
    held.release()
    await driver.settle()
    expect(errors).toContainEqual(
      told(
        'STREAM_TRANSACTION_ABORTED',
        /Transaction app-worker-1 was aborted: it was open for more than its timeout of 500 ms/,
      ),
    )
    expectCounted(driver, 1)
    await driver.close()
  })

  it('STREAM_FENCED, where the membership is over', async () => {
    const { driver, send, errors } = await countingDriver()
    await driver.addWorker()
    await driver.settle()
    driver.log.stall(driver.worker.built.transport)
    await driver.advance(2_500)
    for (let i = 0; i < 6; i++) send()
    await driver.advance(500)
    expect(errors).toContainEqual(
      told('STREAM_FENCED', /Transaction app-worker-1 was aborted: member .* of generation \d+ of group app is over/),
    )
    driver.log.wake(driver.worker.built.transport)
    await driver.settle()
    expectCounted(driver, 6)
    await driver.close()
  })

  it('STREAM_PARTITION_LOST, where a worker has not heard of its membership for a session, and writes no more', async () => {
    const { driver, send, errors } = await countingDriver({ env: { STREAM_GUARANTEE: 'at_least_once' } })
    // The broker hears of the worker; the worker cannot know.
    const silent = driver.log.faults.at('heartbeat', { kind: 'lose-answer' }, { times: Number.POSITIVE_INFINITY })
    await driver.advance(1_500)
    const before = driver.log.offsets('counted', 0).end
    send()
    send()
    send()
    await driver.advance(100)
    expect(errors).toContainEqual(
      told(
        'STREAM_PARTITION_LOST',
        /No heartbeat was confirmed within the session timeout: another worker may own the partitions by now, so nothing more is written/,
      ),
    )
    expect(driver.log.offsets('counted', 0).end).toBe(before)
    silent.remove()
    await driver.settle()
    await driver.close()
  })
})

describe('what ends an app says so, and why:', () => {
  it('STREAM_OFFSETS_UNSTABLE, where somebody’s transaction on the offsets does not end', async () => {
    const { driver, send } = await countingDriver({
      env: { STREAM_TASK_TIMEOUT_MS: '2s', STREAM_TRANSACTION_TIMEOUT_MS: '10m' },
    })
    driver.crashAt('commit:before-end')
    send()
    await driver.advance(100)
    await driver.advance(2_000)
    // Another id: the orphan is not its own to end.
    const heir = async (): Promise<void> => {
      await driver.addWorker()
      await driver.advance(60_000)
    }
    await expect(heir()).rejects.toMatchObject({
      code: 'STREAM_OFFSETS_UNSTABLE',
      message: expect.stringMatching(
        /A transaction on offsets of group app has been pending for \d+ ms\. .*look for a worker that hangs/,
      ),
    })
    await driver.close()
  })

  it('STREAM_OUTCOME_UNKNOWN, where what is pending on the transactional id cannot be ended', async () => {
    const { driver, send, errors } = await countingDriver()
    send()
    await driver.settle()
    const cause = new Error('a client that is broken')
    driver.log.faults.at('commit:after-end', { kind: 'lose-answer' })
    driver.log.faults.at('init:before', {
      kind: 'run',
      run: () => {
        throw cause
      },
    })
    send()
    await expect(driver.advance(5_000)).rejects.toMatchObject({
      code: 'STREAM_OUTCOME_UNKNOWN',
      message: expect.stringMatching(/The outcome of a cut could not be settled: a client that is broken/),
    })
    expect(errors.at(-1)).toMatchObject({ consequence: 'app-failed' })
    await driver.close()
  })

  it('STREAM_AUTHORIZATION_FAILED, where the group’s offsets may not be read', async () => {
    const { driver } = await countingDriver()
    await driver.stop()
    const error = new StreamError({
      code: 'STREAM_AUTHORIZATION_FAILED',
      message: 'Group app may not be read: allow Read on it',
    })
    driver.log.faults.at('committed', { kind: 'fail', error })
    await expect(driver.start()).rejects.toMatchObject({
      code: 'STREAM_AUTHORIZATION_FAILED',
      message: expect.stringMatching(/Group app may not be read: allow Read on it/),
      retryable: false,
    })
    await driver.close()
  })
})
