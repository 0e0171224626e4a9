import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { workerIdentity } from '../../src/app/worker-id.ts'

let stateDir: string

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'stream-worker-'))
})
afterEach(async () => {
  await rm(stateDir, { recursive: true })
})

const random = (): number => 0.5
const identify = (rest: { workerId?: string; stateDir?: string; appId?: string } = {}) =>
  workerIdentity({ appId: 'app', workerId: undefined, stateDir: undefined, random, ...rest })

/** A program that listens on a socket of the state directory. */
const listenOn = (name: string): string =>
  `require('node:net').createServer().listen(${JSON.stringify(join(stateDir, name))})`

describe('a worker id', () => {
  it('is the setting, where it is set', async () => {
    expect(await identify({ workerId: 'pod-1', stateDir })).toMatchObject({ id: 'pod-1', isKept: true })
    expect(await readdir(stateDir)).toEqual([])
  })
  it('is random and not kept, where nothing keeps it', async () => {
    expect(await identify()).toMatchObject({ id: '8000000080000000', isKept: false })
  })
  it('is kept in the state directory, over restarts', async () => {
    const first = await identify({ stateDir })
    await first.release()
    const second = await workerIdentity({ appId: 'app', workerId: undefined, stateDir, random: () => 0.9 })
    expect([second.id, second.isKept]).toEqual([first.id, true])
    await second.release()
  })
  it('is another one for another app in the same directory', async () => {
    const one = await identify({ stateDir })
    const other = await workerIdentity({ appId: 'other', workerId: undefined, stateDir, random: () => 0.25 })
    expect(other.id).not.toBe(one.id)
    await Promise.all([one.release(), other.release()])
  })
  it('of a file that holds something else is refused, and the lock is free again', async () => {
    await writeFile(join(stateDir, 'app.worker-id'), 'no id at all\n')
    for (const _ of [1, 2]) {
      await expect(identify({ stateDir })).rejects.toMatchObject({
        code: 'STREAM_CONFIG_INVALID',
        message: expect.stringContaining('app.worker-id is not one; remove the file'),
      })
    }
  })
  it('cannot be kept where the directory is a file', async () => {
    const file = join(stateDir, 'file')
    await writeFile(file, '')
    await expect(identify({ stateDir: file })).rejects.toMatchObject({
      code: 'STREAM_CONFIG_INVALID',
      message: expect.stringContaining('give a `stateDir` where this process may write'),
    })
  })
})

describe('the lock of a state directory', () => {
  it('is held against a second worker, which is told who holds it', async () => {
    const holder = await identify({ stateDir })
    await expect(identify({ stateDir })).rejects.toMatchObject({
      code: 'STREAM_STATE_INVALID',
      message: expect.stringMatching(
        new RegExp(
          `state directory .* of app app is in use by process ${process.pid} on .*; give every worker a .stateDir. of its own`,
        ),
      ),
    })
    await holder.release()
    await (await identify({ stateDir })).release()
  })
  it('works where the directory has a longer name than a socket may have', async () => {
    const deep = join(stateDir, 'x'.repeat(120))
    const holder = await identify({ stateDir: deep })
    await expect(identify({ stateDir: deep })).rejects.toMatchObject({ code: 'STREAM_STATE_INVALID' })
    await holder.release()
  })
  it('of a takeover that died in the middle is free after a while', async () => {
    const left = spawnSync(process.execPath, ['-e', `${listenOn('app.lock')}; process.kill(process.pid, 'SIGKILL')`])
    expect(left.signal).toBe('SIGKILL')
    await writeFile(join(stateDir, 'app.lock.takeover'), '')
    await utimes(join(stateDir, 'app.lock.takeover'), 0, 0)
    await (await identify({ stateDir })).release()
    expect(await readdir(stateDir)).toEqual(['app.worker-id'])
  })
  it('of a process that was killed is taken over, by one of many', async () => {
    const left = spawnSync(process.execPath, ['-e', `${listenOn('app.lock')}; process.kill(process.pid, 'SIGKILL')`])
    expect(left.signal).toBe('SIGKILL')
    expect(await readdir(stateDir)).toEqual(['app.lock'])
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => identify({ stateDir })))
    const holders = tries.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
    expect(holders).toHaveLength(1)
    for (const one of tries) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'STREAM_STATE_INVALID' })
    }
    await holders[0]!.release()
  })
})
