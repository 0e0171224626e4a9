import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestPrefix } from '../../src/runtime/prefix.ts'
import { string } from '../../src/serde/index.ts'
import { Entry, freezeLayer, ScannedRange, Scope, TablePartition } from '../../src/state/index.ts'
import type { StorePartition } from '../../src/store/index.ts'
import { changelogTopic } from '../../src/topology/index.ts'

const emptyStore: StorePartition = {
  id: { table: 't', partition: 0 },
  position: undefined,
  get: () => undefined,
  getMany: (keys) => keys.map(() => undefined),
  count: () => ({ rows: 0, exact: true }),
  close: async () => {},
  destroy: async () => {},
}

function tablePartition(isShared: boolean): TablePartition {
  const table = {
    kind: 'table' as const,
    name: 't',
    key: string(),
    value: string(),
    changelog: changelogTopic('a', 't'),
  }
  return new TablePartition({ table, partition: 0, store: emptyStore, isShared, cacheBytes: 0, freezeValues: true })
}

function write(rows: TablePartition, scope: Scope, key: string, value: string | null): void {
  const bytes = value === null ? null : Buffer.from(value)
  const entry = new Entry(Buffer.from(key), bytes, value ?? undefined, scope.input, scope.offset, 'c')
  scope.addWrite({ table: rows, id: key, entry })
}

function complete(scope: Scope, apart: boolean): void {
  for (const { table, id, entry } of scope.writes) table.apply(id, entry, scope, apart)
}

const keys = fc.constantFrom('a', 'b', 'c')
const records = fc
  .array(fc.array(fc.tuple(keys, fc.option(fc.string({ maxLength: 3 }))), { minLength: 1, maxLength: 3 }), {
    maxLength: 25,
  })
  .chain((writes) =>
    fc.record({
      writes: fc.constant(writes),
      offsets: fc.shuffledSubarray([...writes.keys()], { minLength: writes.length, maxLength: writes.length }),
      settled: fc.nat({ max: 5 }),
      position: fc.nat({ max: 25 }),
    }),
  )

describe('layers', () => {
  it('a cut freezes what the included records wrote last, and leaves what the others wrote last readable', () => {
    fc.assert(
      fc.property(records, ({ writes, offsets, settled, position }) => {
        const rows = tablePartition(true)
        const apart: Scope[] = []
        const scopes = writes.map((own, index) => {
          const isSettled = index < settled
          const scope = new Scope(0, isSettled ? -1 : offsets[index]!)
          for (const [key, value] of own) write(rows, scope, key, value)
          complete(scope, !isSettled)
          if (!isSettled) apart.push(scope)
          return scope
        })
        const lastOf = (chosen: readonly Scope[]): Map<unknown, unknown> =>
          new Map(chosen.flatMap((scope) => scope.writes.map(({ id, entry }) => [id, entry.value])))
        const before = new Map([...rows.active].map(([id, entry]) => [id, entry.value]))
        expect(before).toEqual(lastOf(scopes))

        const prefix = longestPrefix([position], apart)
        const remaining = new Set(prefix.remaining)
        const frozen = freezeLayer(rows, remaining)
        const included = scopes.filter((scope) => !remaining.has(scope))
        expect(new Map([...(frozen ?? [])].map(([id, entry]) => [id, entry.value]))).toEqual(lastOf(included))
        expect(new Map([...rows.active].map(([id, entry]) => [id, entry.value]))).toEqual(lastOf(prefix.remaining))
        for (const [id, value] of before) expect(rows.staged(id as string)?.value).toBe(value)
        for (const entry of frozen?.values() ?? []) expect(entry.owner ?? entry.under).toBeUndefined()
        let staged = 0
        for (const scope of prefix.remaining) for (const { entry } of scope.writes) staged += entry.sizeBytes
        expect(rows.stagedBytes).toBeLessThanOrEqual(staged)
      }),
      { numRuns: 500 },
    )
  })

  it('a written row marks every other record in flight that has read it, or all rows, and nobody else', () => {
    const rows = tablePartition(true)
    const [reader, scanner, stranger, writer] = [1, 2, 3, 4].map((offset) => new Scope(0, offset)) as [
      Scope,
      Scope,
      Scope,
      Scope,
    ]
    reader.noteRead(rows, 'a')
    const scanned = new ScannedRange({})
    scanned.reach(undefined)
    scanner.noteRead(rows, scanned)
    stranger.noteRead(rows, 'b')
    writer.noteRead(rows, 'a')
    for (const scope of [reader, scanner, stranger, writer]) scope.startTracking()
    write(rows, writer, 'a', 'x')
    complete(writer, false)
    expect([reader, scanner, stranger, writer].map((scope) => scope.isConflicted)).toEqual([true, true, false, false])
  })

  it('a record that stopped tracking is marked no more', () => {
    const rows = tablePartition(true)
    const reader = new Scope(0, 1)
    reader.noteRead(rows, 'a')
    reader.startTracking()
    reader.stopTracking()
    const writer = new Scope(0, 2)
    write(rows, writer, 'a', 'x')
    complete(writer, false)
    expect(reader.isConflicted).toBe(false)
  })

  it('committed values come from the store once, and from the cache until they change', async () => {
    let reads = 0
    const get = (): Uint8Array => {
      reads++
      return Buffer.from('"v"')
    }
    const store: StorePartition = { ...emptyStore, get }
    const table = {
      kind: 'table' as const,
      name: 't',
      key: string(),
      value: string(),
      changelog: changelogTopic('a', 't'),
    }
    const rows = new TablePartition({
      table,
      partition: 0,
      store,
      isShared: false,
      cacheBytes: 10_000,
      freezeValues: true,
    })
    const key = Buffer.from('a')
    expect(rows.committed('a', key)).toBe('"v"')
    expect(rows.committed('a', key)).toBe('"v"')
    expect(reads).toBe(1)
    const writer = new Scope(0, 2)
    write(rows, writer, 'a', 'new')
    write(rows, writer, 'b', 'written only')
    complete(writer, false)
    freezeLayer(rows, new Set())
    rows.dropFrozen()
    expect(rows.committed('a', key)).toBe('new')
    expect(reads).toBe(1)
    expect([rows.isCached('a'), rows.isCached('b')]).toEqual([true, false])
  })
})

describe('Scope', () => {
  it("a consumer's share can be taken back or split off without touching the shares before it", () => {
    const rows = tablePartition(true)
    const scope = new Scope(0, 7)
    write(rows, scope, 'a', '1')
    const mark = scope.mark()
    write(rows, scope, 'b', '2')
    const share = scope.split(mark)
    expect(scope.writes.map(({ id }) => id)).toEqual(['a'])
    expect(share.writes.map(({ id }) => id)).toEqual(['b'])
    expect([share.input, share.offset]).toEqual([0, 7])
    write(rows, scope, 'c', '3')
    scope.rollback(mark)
    expect(scope.writes.map(({ id }) => id)).toEqual(['a'])
  })

  it('nothing of a former record is left after a reset', () => {
    const rows = tablePartition(true)
    const scope = new Scope(0, 1)
    write(rows, scope, 'a', '1')
    scope.noteRead(rows, 'a')
    scope.dependsOn = new Set([new Scope(0, 0)])
    scope.reset(1, 9)
    expect(scope).toEqual(new Scope(1, 9))
  })
})
