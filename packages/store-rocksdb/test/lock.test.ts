/** Needs the built packages: the other holder is a process of its own. */
import { hostname } from 'node:os'
import { StreamError } from '@stream/core/adapter'
import { rocksdb } from '@stream/store-rocksdb'
import { expect, it } from 'vitest'
import { Child } from './child.ts'
import { context, leaveState, startedStore, temporaryDirectory, textAt } from './place.ts'

const refused = (path: string, appId = 'app') =>
  rocksdb({ path })
    .start(context({ appId }))
    .then(
      () => undefined,
      (error: unknown) => error as StreamError,
    )

it('a directory that another process holds is refused, and the holder named by process, host, app and time', async () => {
  const path = temporaryDirectory()
  const holder = Child.start('holder', [path])
  await holder.line('started')
  const error = await refused(path, 'holder')
  expect(StreamError.is(error, 'STREAM_STATE_INVALID')).toBe(true)
  expect(error!.message).toContain(`process ${holder.process.pid} on ${hostname()} (app "holder", since 20`)
  expect(error!.message).toContain(path)
})

it('a directory whose holder was killed is free', async () => {
  const path = temporaryDirectory()
  const holder = Child.start('holder', [path])
  await holder.line('started')
  await holder.kill()
  expect(await refused(path, 'holder')).toBeUndefined()
})

it('two apps of one process cannot share a directory', async () => {
  const path = temporaryDirectory()
  await startedStore({ path })
  const error = await refused(path)
  expect(StreamError.is(error, 'STREAM_STATE_INVALID')).toBe(true)
  expect(error!.message).toContain('in use by this process')
})

it('one store object cannot be started by two apps', async () => {
  const path = temporaryDirectory()
  const store = await startedStore({ path })
  await expect(store.start(context())).rejects.toSatisfy((error) => StreamError.is(error, 'STREAM_STATE_INVALID'))
})

it('a store that was refused leaves the holder as it was, and a closed one leaves the directory free', async () => {
  const path = temporaryDirectory()
  await leaveState(path)
  const store = await startedStore({ path })
  const partition = await store.open({ table: 't', partition: 0 })
  await refused(path)
  expect(await textAt(partition, 'a')).toBe('1')
  await store.close()
  expect(await refused(path)).toBeUndefined()
})
