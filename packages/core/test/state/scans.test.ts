import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SensorHub } from '../../src/sensor/index.ts'
import { string } from '../../src/serde/index.ts'
import {
  CommittedRows,
  Entry,
  freezeLayer,
  keepForSnapshots,
  type RowAccess,
  Scope,
  ScopedRows,
  TablePartition,
} from '../../src/state/index.ts'
import type { ByteRange } from '../../src/store/index.ts'
import { changelogTopic, type ReadableRows } from '../../src/topology/index.ts'
import { OrderedStore } from './ordered-store.ts'

const keys = ['a', 'ab', 'abc', 'b', 'ba', 'c', 'ca', 'd'] as const
type Model = ReadonlyMap<string, string>

/** One partition with everything that can lie over its store, and what it should show. */
class Scene {
  readonly store: OrderedStore
  readonly rows: TablePartition
  readonly access: RowAccess
  /** What is settled, apart and frozen, as a record sees it. */
  readonly seen = new Map<string, string>()
  #committed: Model = new Map()
  /** What was settled when the layer froze. */
  #frozen: Model | undefined
  readonly #apart = new Set<Scope>()
  #offset = 0

  constructor(isRemote: boolean) {
    this.store = new OrderedStore(isRemote)
    const table = {
      kind: 'table' as const,
      name: 't',
      key: string(),
      value: string(),
      changelog: changelogTopic('app', 't'),
    }
    // A table is kept untyped; its serdes are the only ones that look into it.
    this.rows = new TablePartition({
      table: table as never,
      partition: 0,
      store: this.store,
      isShared: true,
      cacheBytes: 0,
      freezeValues: false,
    })
    this.access = {
      rows: this.rows,
      partitioner: 'unknown',
      partitionCount: 1,
      maxKeyBytes: 100,
      maxValueBytes: 100,
      partitionOfTask: 0,
      sensors: new SensorHub([], () => undefined),
      now: () => 0,
    }
  }

  get committed(): Model {
    return this.#committed
  }

  scoped(scope: Scope): ScopedRows {
    return new ScopedRows(this.access, {
      openScope: () => scope,
      consumerName: 'test',
      recordKey: null,
      timestamp: 0,
      streamTimeMs: undefined,
    })
  }

  write(key: string, value: string | null, apart: boolean): void {
    const scope = new Scope(0, this.#offset++)
    if (value === null) this.scoped(scope).delete(key)
    else this.scoped(scope).set(key, value)
    const isApart = apart || this.#apart.size > 0
    for (const { table, id, entry } of scope.writes) table.apply(id, entry, scope, isApart)
    if (isApart) this.#apart.add(scope)
    if (value === null) this.seen.delete(key)
    else this.seen.set(key, value)
  }

  settleAll(): void {
    for (const scope of this.#apart) for (const { table, entry } of scope.writes) table.settle(entry)
    this.#apart.clear()
  }

  /** Begins a cut, which takes what is not apart. */
  freeze(): void {
    if (this.#frozen !== undefined) return
    const settled = new Map(this.seen)
    if (this.#apart.size > 0) return
    if (freezeLayer(this.rows, new Set()) !== undefined) this.#frozen = settled
  }

  /** The cut is committed, and half of it in the store; then all of it. */
  async applyHalf(): Promise<void> {
    if (this.#frozen === undefined || this.rows.isFrozenCommitted) return
    this.rows.isFrozenCommitted = true
    this.#committed = this.#frozen
    const writes = this.#writes()
    await this.#apply(writes.slice(0, writes.length / 2))
  }

  async applyRest(): Promise<void> {
    if (this.#frozen === undefined || !this.rows.isFrozenCommitted) return
    const writes = this.#writes()
    await this.#apply(writes.slice(writes.length / 2))
    this.rows.dropFrozen()
    this.#frozen = undefined
  }

  #writes(): (readonly [Uint8Array, Uint8Array | null])[] {
    return [...this.rows.frozen!.values()].map((entry) => [entry.keyBytes, entry.bytes])
  }

  async #apply(writes: readonly (readonly [Uint8Array, Uint8Array | null])[]): Promise<void> {
    await keepForSnapshots(this.rows, writes)
    this.store.write(writes)
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function expected(model: Model, range: ByteRange): (readonly [string, string])[] {
  const rows = [...model]
    .filter(([key]) => range.gte === undefined || Buffer.compare(bytes(key), range.gte) >= 0)
    .filter(([key]) => range.lt === undefined || Buffer.compare(bytes(key), range.lt) < 0)
    .sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b)))
  return range.reverse === true ? rows.reverse() : rows
}

async function readAll(rows: ReadableRows, range: ByteRange, batch: number): Promise<unknown[]> {
  const pages = rows.scan(range)
  const found: unknown[] = []
  for (;;) {
    const page = await pages.next(batch)
    expect(page.length).toBeLessThanOrEqual(batch)
    found.push(...page)
    if (page.length < batch) return found
  }
}

const key = fc.constantFrom(...keys)
const range: fc.Arbitrary<ByteRange> = fc
  .record({ gte: fc.option(key), lt: fc.option(key), reverse: fc.boolean() })
  .map(({ gte, lt, reverse }) => ({
    ...(gte === null ? {} : { gte: bytes(gte) }),
    ...(lt === null ? {} : { lt: bytes(lt) }),
    reverse,
  }))
const batch = fc.integer({ min: 1, max: 4 })
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      key,
      value: fc.option(fc.constantFrom('1', '2', '3')),
      apart: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom('freeze', 'apply half', 'apply rest', 'settle').map((name) => ({ do: name })),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('scan' as const), range, batch, own: key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('open' as const), range }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const), batch }) },
)

describe.each([false, true])('scans, over a remote store: %s', (isRemote) => {
  it('a record sees its own writes over all that is staged over the store; from outside everybody sees one committed moment', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), async (steps) => {
        const scene = new Scene(isRemote)
        const outside = new CommittedRows(scene.rows, () => 0)
        const open: { pages: ReturnType<ReadableRows['scan']>; left: (readonly [string, string])[] }[] = []
        for (const one of steps) {
          if (one.do === 'write') scene.write(one.key, one.value, one.apart)
          if (one.do === 'settle') scene.settleAll()
          if (one.do === 'freeze') scene.freeze()
          if (one.do === 'apply half') await scene.applyHalf()
          if (one.do === 'apply rest') await scene.applyRest()
          if (one.do === 'scan') {
            const scope = new Scope(0, 1_000)
            const own = new Map(scene.seen).set(one.own, 'own')
            scene.scoped(scope).set(one.own, 'first')
            scene.scoped(scope).set(one.own, 'own')
            expect(await readAll(scene.scoped(scope), one.range, one.batch)).toEqual(expected(own, one.range))
            expect(await scene.scoped(scope).count()).toBe(own.size)
            expect(await outside.count()).toBe(scene.committed.size)
          }
          if (one.do === 'open') {
            open.push({ pages: outside.scan(one.range), left: expected(scene.committed, one.range) })
          }
          if (one.do === 'turn') {
            for (const { pages, left } of open) expect(await pages.next(one.batch)).toEqual(left.splice(0, one.batch))
          }
        }
        for (const { pages, left } of open) {
          expect(await pages.next(100)).toEqual(left)
          pages.close()
        }
        expect(scene.rows.snapshots.size).toBe(0)
      }),
      { numRuns: 300 },
    ))

  it('another record’s write conflicts with a scan exactly where it falls into what the scan has read', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(key, { maxLength: 8 }),
        range,
        fc.integer({ min: 1, max: 5 }),
        key,
        async (present, bounds, limit, written) => {
          const scene = new Scene(isRemote)
          for (const one of present) scene.write(one, '1', false)
          const scope = new Scope(0, 1_000)
          const pages = scene.scoped(scope).scan(bounds)
          scope.startTracking()
          const found = await pages.next(limit)
          const last = found.length < limit ? undefined : (found[found.length - 1]![0] as string)
          scene.write(written, 'new', false)
          const rest = expected(new Map([[written, '']]), bounds).length > 0
          const order = last === undefined ? 0 : Buffer.compare(bytes(written), bytes(last))
          const isPassed = last === undefined || (bounds.reverse === true ? order >= 0 : order <= 0)
          expect(scope.isConflicted).toBe(rest && isPassed)
        },
      ),
      { numRuns: 400 },
    ))
})

describe('a record that scans', () => {
  it('depends on the completed records apart whose rows it has met, and on no other', async () => {
    const scene = new Scene(false)
    const apart = ['a', 'c'].map((name, offset) => {
      const scope = new Scope(0, offset)
      scene.scoped(scope).set(name, '1')
      for (const { table, id, entry } of scope.writes) table.apply(id, entry, scope, true)
      return scope
    })
    const scope = new Scope(0, 9)
    await scene
      .scoped(scope)
      .scan({ gte: bytes('b') })
      .next(10)
    expect(scope.dependsOn).toEqual(new Set([apart[1]]))
  })

  it('keeps its dependencies when its share of a record’s scope is split off', () => {
    const scene = new Scene(false)
    const apart = new Scope(0, 1)
    scene.scoped(apart).set('a', '1')
    for (const { table, id, entry } of apart.writes) table.apply(id, entry, apart, true)
    const shared = new Scope(1, 0)
    const mark = shared.mark()
    scene.scoped(shared).get('a')
    expect(shared.split(mark).dependsOn).toEqual(new Set([apart]))
  })

  it('a scan from outside that is left behind by too many changes says so, and holds no more rows', async () => {
    const scene = new Scene(false)
    const pages = new CommittedRows(scene.rows, () => 0).scan({})
    const many = Array.from({ length: 50_001 }, (_, n): [Uint8Array, Uint8Array] => [bytes(`k${n}`), bytes('1')])
    scene.rows.frozen = new Map(many.map(([k, v], n) => [n, new Entry(k, v, 'x', 0, 0, '')]))
    scene.rows.isFrozenCommitted = true
    await keepForSnapshots(scene.rows, many)
    expect(() => pages.next(1)).toThrow(expect.objectContaining({ code: 'STREAM_TIMEOUT' }))
    expect(scene.rows.snapshots.size).toBe(0)
  })
})
