import { type Row, type StorePartition, type StorePosition, StreamError } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { type BrokenStore, bentStore } from './broken-store.ts'
import { override } from './override.ts'

const text = (key: Uint8Array): string => Buffer.from(key).toString('latin1')

/** The memory store answers at once where rows are as few as in the kit. */
function rangeOf(inner: StorePartition, ...asked: Parameters<NonNullable<StorePartition['range']>>): readonly Row[] {
  return (inner.range?.(...asked) ?? []) as readonly Row[]
}

/** Writes to rows or positions that are not as they were asked for. */
const brokenWrites: readonly BrokenStore[] = [
  {
    promise: 'loses the last row of a large write',
    fails: ['apply > writes ten thousand rows in one call'],
    open: () =>
      bentStore({
        apply: (writes, inner) =>
          inner.apply(
            writes.map((write) => ({ ...write, rows: write.rows.slice(0, Math.max(1, write.rows.length - 1)) })),
          ),
      }),
  },
  {
    promise: 'takes an empty value for a delete',
    fails: ['rows > an empty value is a row, and no row is undefined'],
    open: () =>
      bentStore({
        apply: (writes, inner) =>
          inner.apply(
            writes.map((write) => ({
              ...write,
              rows: write.rows.map(([key, value]) => [key, value?.length === 0 ? null : value] as const),
            })),
          ),
      }),
  },
  {
    promise: 'forgets deletes',
    fails: ['apply > a delete removes the row, and one that is not there does no harm'],
    open: () =>
      bentStore({
        apply: (writes, inner) =>
          inner.apply(writes.map((write) => ({ ...write, rows: write.rows.filter(([, value]) => value !== null) }))),
      }),
  },
  {
    promise: 'keeps the first of two writes of a key',
    fails: ['apply > a later write of a key wins within one call'],
    open: () =>
      bentStore({
        apply: (writes, inner) =>
          inner.apply(
            writes.map((write) => ({
              ...write,
              rows: [...new Map(write.rows.toReversed().map((row) => [text(row[0]), row])).values()],
            })),
          ),
      }),
  },
  {
    promise: 'shows the position before the rows',
    fails: ['apply > a position is never visible before the rows it stands for'],
    open: () =>
      bentStore({
        async apply(writes, inner) {
          await inner.apply(writes.map((write) => ({ ...write, rows: [] })))
          for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
          await inner.apply(writes)
        },
      }),
  },
  {
    promise: 'adds to a row when a write is applied again',
    fails: ['apply > applying a write again changes nothing'],
    open: () =>
      bentStore({
        apply: (writes, inner) =>
          inner.apply(
            writes.map((write) => {
              const isAgain = write.partition.position?.changelogOffset === write.position.changelogOffset
              const rows = write.rows.map(
                ([key, value]) => [key, value && isAgain ? Buffer.concat([value, value]) : value] as const,
              )
              return { ...write, rows }
            }),
          ),
      }),
  },
  {
    promise: 'moves the position only where there are rows',
    fails: ['apply > a position moves without rows'],
    open: () => bentStore({ apply: (writes, inner) => inner.apply(writes.filter(({ rows }) => rows.length > 0)) }),
  },
  {
    promise: 'writes one value buffer over and over',
    fails: ['rows > a value that was read stays as it was when its row is written again'],
    open: () => {
      const handedOut = new Map<string, Uint8Array>()
      const nameOf = (partition: StorePartition, key: Uint8Array): string =>
        `${partition.id.table}/${partition.id.partition}/${text(key)}`
      return bentStore({
        partition: (inner) => ({
          get(key) {
            const value = inner.get(key) as Uint8Array | undefined
            if (value !== undefined) handedOut.set(nameOf(inner, key), value)
            return value
          },
        }),
        apply(writes, inner) {
          for (const { partition, rows } of writes) {
            for (const [key, value] of rows) {
              const before = handedOut.get(nameOf(partition, key))
              if (value !== null && before?.length === value.length) before.set(value)
            }
          }
          return inner.apply(writes)
        },
      })
    },
  },
]

const brokenReads: readonly BrokenStore[] = [
  {
    promise: 'ends a key at its first zero byte',
    fails: ['rows > keys of which one begins with the other stay apart'],
    open: () => {
      const cut = (key: Uint8Array): Uint8Array => (key.includes(0) ? key.subarray(0, key.indexOf(0)) : key)
      return bentStore({
        partition: (inner) => ({ get: (key) => inner.get(cut(key)) }),
        apply: (writes, inner) =>
          inner.apply(
            writes.map((write) => ({ ...write, rows: write.rows.map(([key, value]) => [cut(key), value] as const) })),
          ),
      })
    },
  },
  {
    promise: 'leaves keys without a row out of getMany',
    fails: ['rows > getMany answers in the order of the keys, with gaps and repetitions'],
    open: () =>
      bentStore({
        partition: (inner) => ({
          getMany: (keys) =>
            keys.map((key) => inner.get(key) as Uint8Array | undefined).filter((value) => value !== undefined),
        }),
      }),
  },
  {
    promise: 'tells tables and partitions apart by their names run together',
    fails: ['rows > partitions and tables keep their rows apart'],
    open: () => {
      const opened = new Map<string, StorePartition>()
      const inner = memory()
      return override(inner, {
        async open(id) {
          const name = `${id.table}${id.partition}`
          const partition = opened.get(name) ?? (await inner.open(id))
          opened.set(name, partition)
          return partition
        },
      })
    },
  },
  {
    promise: 'includes the upper bound',
    fails: [
      'range > includes the lower bound and leaves the upper one out',
      'random operations > one partition answers as a sorted map does',
    ],
    open: () =>
      bentStore({
        partition: (inner) => ({
          range: ({ lt, ...rest }, limit) =>
            rangeOf(inner, { ...rest, ...(lt && { lt: Uint8Array.of(...lt, 0) }) }, limit),
        }),
      }),
  },
  {
    promise: 'leaves the lower bound out',
    fails: ['range > includes the lower bound and leaves the upper one out'],
    open: () =>
      bentStore({
        partition: (inner) => ({
          range: ({ gte, ...rest }, limit) =>
            rangeOf(inner, { ...rest, ...(gte && { gte: Uint8Array.of(...gte, 0) }) }, limit),
        }),
      }),
  },
  {
    promise: 'ignores reverse',
    fails: ['range > descends with reverse, under the same bounds'],
    open: () =>
      bentStore({
        partition: (inner) => ({ range: (range, limit) => rangeOf(inner, { ...range, reverse: false }, limit) }),
      }),
  },
  {
    promise: 'takes the limit from the wrong end of a descending range',
    fails: ['range > stops at the limit, at the near end of the order'],
    open: () =>
      bentStore({
        partition: (inner) => ({
          range: (range, limit) => {
            const rows = rangeOf(inner, { ...range, reverse: false }, limit)
            return range.reverse ? rows.toReversed() : rows
          },
        }),
      }),
  },
  {
    promise: 'orders bytes as signed numbers',
    fails: ['range > gives all rows, with their values, in byte order'],
    open: () =>
      bentStore({
        partition: (inner) => ({
          range: (range, limit) =>
            rangeOf(inner, range, limit).toSorted(([a], [b]) =>
              Buffer.compare(
                Buffer.from(a).map((x) => x ^ 128),
                Buffer.from(b).map((x) => x ^ 128),
              ),
            ),
        }),
      }),
  },
]

const brokenLifecycles: readonly BrokenStore[] = [
  {
    promise: 'opens a partition twice',
    fails: [
      'lifecycle > refuses to open a partition that is open',
      'lifecycle > lets one of two openings at the same time have the partition',
    ],
    open: () => {
      const opened = new Map<string, StorePartition>()
      const inner = memory()
      return override(inner, {
        async open(id) {
          const name = `${id.table}/${id.partition}`
          try {
            const partition = await inner.open(id)
            opened.set(name, partition)
            return partition
          } catch (error) {
            const before = opened.get(name)
            if (before) return before
            throw error
          }
        },
      })
    },
  },
  {
    promise: 'refuses a second close',
    fails: ['lifecycle > closes once, again, and twice at the same time'],
    open: () => {
      let isClosed = false
      const inner = memory()
      return override(inner, {
        async close() {
          if (isClosed) throw new StreamError({ code: 'STREAM_CLOSED', message: 'The store is closed already.' })
          isClosed = true
          await inner.close()
        },
      })
    },
  },
  {
    promise: 'answers from a closed partition',
    fails: ['lifecycle > refuses reads of a closed partition'],
    open: () =>
      bentStore({
        partition: () => ({ get: () => undefined, getMany: () => [], count: () => ({ rows: 0, exact: true }) }),
      }),
  },
  {
    promise: 'keeps the rows of a destroyed partition',
    fails: ['lifecycle > destroy removes rows and position, of this partition only'],
    open: () => bentStore({ partition: (inner) => ({ destroy: () => inner.close() }) }),
  },
  {
    promise: 'keeps the position of rows that are gone',
    fails: ['persistence > rows and position survive the store object where persistent says so, else both are gone'],
    open: (() => {
      const positions = new Map<string, StorePosition>()
      return () =>
        bentStore({
          partition: (inner) => ({
            get position() {
              return inner.position ?? positions.get(inner.id.table)
            },
          }),
          apply(writes, inner) {
            for (const { partition, position } of writes) positions.set(partition.id.table, position)
            return inner.apply(writes)
          },
        })
    })(),
  },
  {
    promise: 'claims an order without having range',
    fails: ['manifest > has range on its partitions exactly where it is ordered'],
    open: () => override(memory(), { supports: Object.freeze({ persistent: false, ordered: false, shared: false }) }),
  },
  {
    promise: 'leaves its flags open to change',
    fails: ['manifest > states every supports flag, frozen, and the same before and after start'],
    open: () => override(memory(), { supports: { persistent: false, ordered: true, shared: false } }),
  },
]

/** Stores that break one promise each. */
export const brokenStores: readonly BrokenStore[] = [...brokenWrites, ...brokenReads, ...brokenLifecycles]
