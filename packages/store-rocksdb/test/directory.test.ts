import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreContext, StreamError, type StreamErrorCode } from '@stream/core/adapter'
import { type RocksdbOptions, rocksdb } from '@stream/store-rocksdb'
import { describe, expect, it } from 'vitest'
import { at, context, leaveState, rows, startedStore, temporaryDirectory, textAt } from './place.ts'

async function refusal(
  code: StreamErrorCode,
  options: RocksdbOptions,
  given: StoreContext = context(),
): Promise<string> {
  const error = await rocksdb(options)
    .start(given)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect(error).toSatisfy((thrown) => StreamError.is(thrown, code))
  return (error as StreamError).message
}

describe('where the state lies', () => {
  it('below the state directory of the app, by the name of the app, unless a path is given', async () => {
    const stateDir = temporaryDirectory()
    await startedStore({}, context({ stateDir, appId: 'orders' }))
    await startedStore({}, context({ stateDir, appId: 'payments' }))
    expect(readdirSync(stateDir).sort()).toEqual(['orders.rocksdb', 'payments.rocksdb'])
    const path = join(stateDir, 'elsewhere', 'deep')
    await startedStore({ path }, context({ stateDir }))
    expect(existsSync(join(path, 'rocksdb'))).toBe(true)
  })

  it('nowhere, without either: refused, with what to give', async () => {
    expect(await refusal('STREAM_CONFIG_INVALID', {})).toContain('stateDir')
  })

  it('not at a file, nor below one', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'mine')
    for (const path of [file, join(file, 'below')]) {
      expect(await refusal('STREAM_CONFIG_INVALID', { path })).toContain('is a file')
    }
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('not where the system lets nobody write', async () => {
    expect(await refusal('STREAM_CONFIG_INVALID', { path: '/sys/stream-state' })).toContain(
      '/sys/stream-state cannot be used',
    )
  })
})

describe('whose state it is', () => {
  it('that of another app is refused, and left as it is', async () => {
    const path = temporaryDirectory()
    await leaveState(path, 't', context({ appId: 'orders' }))
    const message = await refusal('STREAM_STATE_INVALID', { path }, context({ appId: 'payments' }))
    expect(message).toContain('"orders", not of "payments"')
    const store = await startedStore({ path }, context({ appId: 'orders' }))
    expect(await textAt(await store.open({ table: 't', partition: 0 }), 'a')).toBe('1')
  })

  it.each([
    ['of a later format', JSON.stringify({ store: 'rocksdb', format: 2, app: 'app' })],
    ['of another store', JSON.stringify({ store: 'other', format: 1, app: 'app' })],
    ['that says nothing', 'null'],
    ['that cannot be read', '{"store":"rocks'],
  ])('one %s is refused, with the remedy', async (_, text) => {
    const path = temporaryDirectory()
    await leaveState(path)
    writeFileSync(join(path, 'stream-state.json'), text)
    expect(await refusal('STREAM_STATE_INVALID', { path })).toContain('remove the directory')
  })

  it('a database of somebody else is refused, and not touched', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'CURRENT'), 'MANIFEST-000001\n')
    expect(await refusal('STREAM_STATE_INVALID', { path })).toContain('a directory of its own')
    expect(readdirSync(path)).toEqual(['CURRENT'])
  })

  it('a directory with other files in it is taken, and they stay', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'app.worker-id'), '1')
    mkdirSync(join(path, 'other'))
    await leaveState(path)
    expect(readdirSync(path)).toEqual(expect.arrayContaining(['app.worker-id', 'other', 'rocksdb']))
  })

  it('a start that died before it had written whose it is does not stand in the way', async () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'stream-state.json'), '')
    await leaveState(path)
    expect(await refusal('STREAM_STATE_INVALID', { path }, context({ appId: 'other' }))).toContain('"app"')
  })
})

describe('tables', () => {
  const table = (name: string, format = 'string, json') => ({ table: name, format })

  async function twoTables(path: string): Promise<void> {
    const store = rocksdb({ path })
    await store.start(context({ tables: [table('kept'), table('gone')] }))
    for (const name of ['kept', 'gone']) {
      for (const number of [0, 1]) {
        const partition = await store.open({ table: name, partition: number })
        await store.apply([{ partition, rows: rows({ a: name }), position: at(number + 1) }])
      }
    }
    await store.close()
  }

  it('that the app does not have any more are reported, and keep their rows', async () => {
    const path = temporaryDirectory()
    await twoTables(path)
    const given = context({ tables: [table('kept')] })
    const store = await startedStore({ path }, given)
    expect(given.lines).toHaveLength(1)
    expect(given.lines[0]).toMatch(/^warn .*"gone".*dropUnknownTables/)
    expect(await textAt(await store.open({ table: 'gone', partition: 1 }), 'a')).toBe('gone')
  })

  it('that the app does not have any more are removed where that is asked for, and no others', async () => {
    const path = temporaryDirectory()
    await twoTables(path)
    const given = context({ tables: [table('kept')] })
    const store = await startedStore({ path, dropUnknownTables: true }, given)
    expect(given.lines[0]).toMatch(/^info .*"gone"/)
    const gone = await store.open({ table: 'gone', partition: 1 })
    expect(gone.position).toBeUndefined()
    expect(await textAt(gone, 'a')).toBeUndefined()
    const kept = await store.open({ table: 'kept', partition: 1 })
    expect(kept.position).toEqual(at(2))
    expect(await textAt(kept, 'a')).toBe('kept')
    await store.close()
    const later = context({ tables: [table('kept'), table('gone', 'string, double')] })
    await startedStore({ path }, later)
    expect(later.lines).toEqual([])
  })

  it('whose rows are of another format than the app reads are refused, with both formats', async () => {
    const path = temporaryDirectory()
    await twoTables(path)
    const given = context({ tables: [table('kept', 'string, double'), table('gone')] })
    const message = await refusal('STREAM_STATE_INVALID', { path }, given)
    for (const part of ['kept', '(string, json)', '(string, double)', 'another name']) expect(message).toContain(part)
  })

  it('are left alone by an app that does not say what it has', async () => {
    const path = temporaryDirectory()
    await twoTables(path)
    const given = context()
    await startedStore({ path, dropUnknownTables: true }, given)
    expect(given.lines).toEqual([])
  })
})
