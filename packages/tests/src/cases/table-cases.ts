import { json, string, type TableHandle } from '@stream/core'
import { describe, expect, it } from 'vitest'
import { type Cluster, keysOf } from '../cluster/index.ts'
import { Counter, Gate } from './gate.ts'
import { failureOf, Stage } from './stage.ts'

const rowFormats = { key: string(), value: json<number>() }
const keys = keysOf(0, 2, 6)
const [a, b, c, d] = keys as [string, string, string, string]
const [elsewhere] = keysOf(1, 2, 1) as [string]

/** Tables: what consumers do with them, what lands in the changelog, and what is refused. */
export function tableCases(cluster: () => Cluster): void {
  /** A handler that gets one record per step, and works on a table. */
  const scene = async (
    work: (table: TableHandle<string, number>, step: number) => unknown,
    options: { steps?: number; withDefault?: boolean; commitIntervalMs?: number } = {},
  ) => {
    const { steps = 1, withDefault = false, commitIntervalMs = 25 } = options
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    await stage.cluster.produce(
      stage.named('in'),
      Array.from({ length: steps }, (_, value) => ({ key: a, value })),
    )
    const app = stage.app({ settings: { commitIntervalMs } })
    const source = app.topic(stage.named('in'), rowFormats)
    const out = app.topic(stage.named('out'), { key: string(), value: json<unknown>() })
    const rows = withDefault ? app.table('rows', { ...rowFormats, default: () => 100 }) : app.table('rows', rowFormats)
    app.handler('worker', { source, outputs: [out], tables: { rows }, concurrency: 1 }, async (step, event, tables) => {
      const answer = await work(tables.rows as TableHandle<string, number>, step)
      event.send(out, { key: event.key, value: answer ?? null })
    })
    const answers = async (count: number) =>
      (await stage.cluster.read(stage.named('out'), count)).map((one) => one.value)
    const changelog = () => stage.cluster.read(`${stage.id}-rows-changelog`)
    return { stage, app, rows, answers, changelog }
  }

  describe('inside a task', () => {
    it('a record reads its own writes, and the next one reads them too', async () => {
      const { app, answers } = await scene(
        async (table, step) => {
          const before = [await table.get(b), await table.has(b)]
          if (step === 0) table.set(b, 1)
          if (step === 1) await table.update(b, (value) => (value ?? 0) + 10)
          if (step === 2) table.delete(b)
          return [...before, await table.get(b), await table.has(b)].map((one) => one ?? 'none')
        },
        { steps: 4 },
      )
      await app.start()
      expect(await answers(4)).toEqual([
        ['none', false, 1, true],
        [1, true, 11, true],
        [11, true, 'none', false],
        ['none', false, 'none', false],
      ])
    })

    it('getMany answers in the order of the keys; the default stands where there is no row, and stores nothing', async () => {
      const { stage, app, rows, answers, changelog } = await scene(
        async (table) => {
          table.set(b, 1)
          return [await table.getMany([c, b]), await table.get(c), await table.has(c)]
        },
        { withDefault: true },
      )
      await app.start()
      expect(await answers(1)).toEqual([[[100, 1], 100, false]])
      expect((await changelog()).map(({ key, value }) => [key, value])).toEqual([[b, 1]])
      expect(await rows.query(c)).toBe(100)
      expect(stage.errors).toEqual([])
    })

    it('entries and keys go over the rows of the partition in byte order, layers and store together', async () => {
      const { app, answers } = await scene(
        async (table, step) => {
          if (step === 0) for (const key of [d, b, c]) table.set(key, 1)
          if (step === 1) {
            table.delete(c)
            table.set(a, 2)
          }
          const entries: unknown[] = []
          for await (const entry of table.entries()) entries.push(entry)
          const names: string[] = []
          for await (const key of table.keys()) names.push(key)
          return [entries, names]
        },
        { steps: 3 },
      )
      await app.start()
      const later = [a, b, d].toSorted()
      const entriesOf = (names: string[]) => names.map((key) => [key, key === a ? 2 : 1])
      expect(await answers(3)).toEqual([
        [entriesOf([b, c, d].toSorted()), [b, c, d].toSorted()],
        [entriesOf(later), later],
        [entriesOf(later), later],
      ])
    })

    it('ranges and prefixes are read in order or in reverse, from a key, up to a limit, with what the record wrote', async () => {
      const rangeKeys = keysOf(0, 2, 6, 'range-')
      const sorted = rangeKeys.toSorted()
      const [first, second, , fourth] = sorted as [string, string, string, string]
      const { app, answers } = await scene(
        async (table, step) => {
          for (const key of step === 0 ? rangeKeys.slice(0, 3) : rangeKeys.slice(3)) table.set(key, step)
          if (step === 1) table.delete(second)
          const listed = async (rows: AsyncIterable<readonly [string, number]>) => {
            const found: string[] = []
            for await (const [key] of rows) found.push(key)
            return found
          }
          table.set(a, 1)
          return [
            await listed(table.prefix('range-')),
            await listed(table.range({ gte: first, lt: fourth })),
            await listed(table.range({ gt: first, lte: fourth, reverse: true, batchRows: 1 })),
            await listed(table.prefix('range-', { reverse: true, limit: 2 })),
            await table.count(),
          ]
        },
        { steps: 2 },
      )
      await app.start()
      const half = rangeKeys.slice(0, 3).toSorted()
      const all = sorted.filter((key) => key !== second)
      const between = (keys: string[], from: string, to: string) => keys.filter((key) => key >= from && key <= to)
      expect(await answers(2)).toEqual([
        [
          half,
          between(half, first, fourth).filter((key) => key !== fourth),
          between(half, first, fourth)
            .filter((key) => key !== first)
            .toReversed(),
          half.toReversed().slice(0, 2),
          4,
        ],
        [
          all,
          between(all, first, fourth).filter((key) => key !== fourth),
          between(all, first, fourth)
            .filter((key) => key !== first)
            .toReversed(),
          all.toReversed().slice(0, 2),
          6,
        ],
      ])
    })

    it('a prefix is refused where keys do not begin as their bytes do', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      await stage.cluster.produce(stage.named('in'), [{ key: a, value: 1 }])
      const app = stage.app()
      const source = app.topic(stage.named('in'), rowFormats)
      const rows = app.table('rows', { key: json<string>(), value: json<number>() })
      app.handler('worker', { source, tables: { rows } }, async (_, __, tables) => {
        for await (const row of tables.rows.prefix('a')) expect(row).toBeDefined()
      })
      const failed = failureOf(app)
      await app.start().catch(() => undefined)
      expect(await failed).toMatchObject({
        code: 'STREAM_NOT_SUPPORTED',
        message: expect.stringMatching(/Table "rows" has keys written by json.*range\(\) with any serde/),
      })
    })

    it('each dirty key is written to the changelog once per cut, deletes as tombstones', async () => {
      const gate = new Gate()
      const { app, answers, changelog } = await scene(
        async (table, step) => {
          if (step === 50) await gate.pass()
          if (step < 50) table.set(b, step)
          if (step === 50) table.delete(b)
        },
        { steps: 51, commitIntervalMs: 400 },
      )
      await app.start()
      await answers(50)
      gate.open()
      await answers(51)
      const written = (await changelog()).map(({ key, value }) => [key, value])
      expect(written.at(-1)).toEqual([b, null])
      expect(written.at(-2)).toEqual([b, 49])
      // 50 writes in at most a few cuts: how many depends on when batches arrive, one row per cut does not.
      expect(written.length).toBeLessThan(10)
    })

    it('a delete and a write of one cut end as what came last', async () => {
      const { app, answers, changelog } = await scene(
        (table, step) => {
          if (step === 0) table.set(b, 1)
          if (step === 0) table.delete(b)
          if (step === 1) table.set(c, 1)
          if (step === 1) table.delete(c)
          if (step === 1) table.set(c, 2)
        },
        { steps: 2 },
      )
      await app.start()
      await answers(2)
      const last = new Map((await changelog()).map(({ key, value }) => [key, value]))
      expect(last).toEqual(
        new Map([
          [b, null],
          [c, 2],
        ]),
      )
    })
  })

  describe('refuses', () => {
    const refusals = [
      [
        'a key of another partition',
        'STREAM_WRONG_PARTITION',
        /Table "rows" was written with a key of partition 1 by the task of partition 0; .*stream\.groupBy\(name, \(value\) => key\)/,
        (table: TableHandle<string, number>) => table.set(elsewhere, 1),
      ],
      [
        'the value undefined',
        'STREAM_VALUE_UNDEFINED',
        /Table "rows" was given the value undefined; use delete\(key\) to remove a row/,
        (table: TableHandle<string, number>) => table.set(b, undefined as never),
      ],
      [
        'a null key',
        'STREAM_KEY_INVALID',
        /rows.*null/,
        (table: TableHandle<string, number>) => table.set(null as never, 1),
      ],
      [
        'a value that cannot be serialised',
        'STREAM_SERIALIZATION_FAILED',
        /rows.*json/,
        (table: TableHandle<string, number>) => table.set(b, 1n as never),
      ],
      [
        'an update to undefined',
        'STREAM_VALUE_UNDEFINED',
        /use delete\(key\)/,
        (table: TableHandle<string, number>) => table.update(b, () => undefined as never),
      ],
    ] as const
    it.each(refusals)('%s, with %s and the remedy', async (_, code, sentence, work) => {
      const { app, changelog } = await scene(work)
      const failed = failureOf(app)
      await app.start().catch(() => undefined)
      expect(await failed).toMatchObject({ code, message: expect.stringMatching(sentence) })
      await app.stop()
      expect(await changelog()).toEqual([])
    })

    it('a handle whose record is complete', async () => {
      let refusal: unknown
      const late = new Gate()
      const refused = new Counter()
      const { app, answers } = await scene((table) => {
        void late
          .pass()
          .then(() => table.get(b))
          .catch((error: unknown) => {
            refusal = error
            refused.add()
          })
      })
      await app.start()
      await answers(1)
      late.open()
      await refused.reach(1)
      expect(refusal).toMatchObject({
        code: 'STREAM_HANDLE_EXPIRED',
        message: expect.stringMatching(
          /"worker" used an event or table after its record was complete \(.*in-0, offset 0\)/,
        ),
      })
    })

    it('reads and writes of the table itself, outside of any task', async () => {
      const { rows } = await scene(() => undefined)
      expect(() => rows.set(b, 1)).toThrow(
        expect.objectContaining({
          code: 'STREAM_NO_TASK',
          message: expect.stringMatching(
            /set\(\) was called on table "rows" itself, which belongs to no task\. A write belongs to a record/,
          ),
        }),
      )
      expect(() => rows.get(b)).toThrow(
        expect.objectContaining({ message: expect.stringContaining('outside use query(key)') }),
      )
    })
  })

  it('every kind of table is committed with its records, and is back after a restart on an empty store', async () => {
    const stage = new Stage(cluster())
    await stage.cluster.createTopic(stage.named('in'), 2)
    const startMs = Date.now()
    const build = () => {
      const app = stage.app()
      const source = app.topic(stage.named('in'), rowFormats)
      const kinds = {
        members: app.setTable('members', { key: string(), member: json<number>() }),
        sessions: app.table('sessions', { ...rowFormats, ttl: { clock: 'wall', afterMs: 600_000 } }),
        prices: app.timestampedTable('prices', { ...rowFormats, graceMs: 600_000, duplicates: true }),
        rates: app.versionedTable('rates', { ...rowFormats, historyMs: 600_000 }),
      }
      app.handler('worker', { source, tables: kinds }, async (value, { key }, tables) => {
        tables.members.add(key, value)
        tables.sessions.set(key, value)
        await tables.prices.put(key, value, { timestampMs: startMs })
        tables.rates.put(key, value, { timestampMs: startMs + value })
      })
      return { app, ...kinds }
    }
    const seen = async ({ members, sessions, prices, rates }: ReturnType<typeof build>) => {
      const listed = async <T>(rows: AsyncIterable<T>) => {
        const found: T[] = []
        for await (const row of rows) found.push(row)
        return found
      }
      return {
        members: await listed(members.committed.members(a)),
        sizes: [await members.committed.size(a), await members.committed.size(elsewhere)],
        session: await sessions.query(a),
        sessions: await sessions.committed.count(),
        prices: (await listed(prices.committed.interval(a))).map(({ value }) => value),
        latest: (await prices.committed.latest(a))?.value,
        rates: [await rates.committed.get(a, { asOf: startMs + 1 }), await rates.committed.get(a)],
        since: (await rates.committed.version(a, { asOf: startMs + 1 }))?.validToMs,
      }
    }
    const expected = {
      members: [1, 2, 3],
      sizes: [3, 1],
      session: 3,
      sessions: 2,
      prices: [1, 2, 3],
      latest: 3,
      rates: [1, 3],
      since: startMs + 2,
    }
    const first = build()
    await first.app.start()
    await stage.cluster.produce(stage.named('in'), [
      { key: a, value: 1 },
      { key: a, value: 2 },
      { key: a, value: 3 },
      { key: elsewhere, value: 1 },
    ])
    await expect.poll(() => seen(first), { timeout: 10_000 }).toEqual(expected)
    await first.app.stop()
    const second = build()
    await second.app.start()
    await expect.poll(() => seen(second).catch(() => undefined), { timeout: 10_000 }).toEqual(expected)
  })

  describe('from outside', () => {
    it('query and queryAll read what is committed, and only that', async () => {
      const gate = new Gate()
      const { app, rows, answers } = await scene(
        async (table, step) => {
          table.set([b, c][step]!, step + 1)
          if (step === 1) await gate.pass()
        },
        { steps: 2 },
      )
      await app.start()
      await answers(1)
      await expect.poll(() => rows.query(b)).toBe(1)
      expect(await rows.query(c)).toBeUndefined()
      const all = async () => {
        const found: unknown[] = []
        for await (const entry of rows.queryAll()) found.push(entry)
        return found
      }
      expect(await all()).toEqual([[b, 1]])
      gate.open()
      await answers(2)
      await expect.poll(() => rows.query(c)).toBe(2)
      expect(await all()).toEqual(
        [
          [b, 1],
          [c, 2],
        ].toSorted(),
      )
    })

    it('committed reads one key, ranges, prefixes and counts, over all partitions of the worker', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      const all = [...keysOf(0, 2, 3, 'row-'), ...keysOf(1, 2, 3, 'row-')]
      await stage.cluster.produce(
        stage.named('in'),
        all.map((key, value) => ({ key, value })),
      )
      const app = stage.app()
      const source = app.topic(stage.named('in'), rowFormats)
      const rows = app.table('rows', rowFormats)
      app.handler('worker', { source, tables: { rows } }, (value, event, tables) => tables.rows.set(event.key, value))
      await app.start()
      const { committed } = rows
      await expect.poll(() => committed.count(), { timeout: 10_000 }).toBe(6)
      expect(await committed.approximateCount()).toBe(6)
      const listed = async (found: AsyncIterable<readonly [string, number]>) => {
        const keys: string[] = []
        for await (const [key] of found) keys.push(key)
        return keys
      }
      expect((await listed(committed.prefix('row-'))).toSorted()).toEqual(all.toSorted())
      expect(await listed(committed.range({ gte: all[1]!, lte: all[1]! }))).toEqual([all[1]])
      expect(await listed(committed.range({ limit: 4, batchRows: 2 }))).toHaveLength(4)
      expect(await committed.getMany([all[5]!, all[0]!])).toEqual([5, 0])
      expect(await committed.has(all[0]!)).toBe(true)
      expect(await committed.has(elsewhere)).toBe(false)
    })

    it('query says that the app is not running, before the start and after the stop', async () => {
      const { app, rows } = await scene(() => undefined)
      const notRunning = {
        code: 'STREAM_STATE_INVALID',
        message: expect.stringMatching(/Table "rows" was queried while its app is not running; call app\.start\(\)/),
      }
      await expect(rows.query(a)).rejects.toMatchObject(notRunning)
      await app.start()
      await app.stop()
      await expect(rows.query(a)).rejects.toMatchObject(notRunning)
    })

    it('a row that cannot be decoded is told with its table, its key and the record that read it', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      await stage.cluster.produce(stage.named('in'), [{ key: a, value: 1 }])
      const app = stage.app()
      const source = app.topic(stage.named('in'), rowFormats)
      const spoilt = {
        ...json<number>(),
        deserialize: () => {
          throw new Error('spoilt')
        },
      }
      const rows = app.table('rows', { key: string(), value: spoilt })
      app.handler('reader', { source, tables: { rows }, concurrency: 1 }, async (value, event, tables) => {
        if (value === 1) tables.rows.set(event.key, value)
        else for await (const row of tables.rows.entries()) expect(row).toBeDefined()
      })
      const failed = failureOf(app)
      await app.start().catch(() => undefined)
      await expect
        .poll(() => rows.query(a).catch(({ message }) => message), { timeout: 10_000 })
        .toMatch(
          new RegExp(
            `^The stored row of table "rows" with the key "${a}" \\(partition 0\\) could not be decoded by json: .*spoilt`,
          ),
        )
      await stage.cluster.produce(stage.named('in'), [{ key: a, value: 2 }])
      expect((await failed).message).toMatch(
        new RegExp(`"reader" .*offset 1\\).*The stored row of table "rows" with the key "${a}"`),
      )
    })

    it('values are frozen, so that a change in place fails at once', async () => {
      const stage = new Stage(cluster())
      await stage.cluster.createTopic(stage.named('in'), 2)
      await stage.cluster.produce(stage.named('in'), [
        { key: a, value: 1 },
        { key: a, value: 2 },
      ])
      const app = stage.app()
      const source = app.topic(stage.named('in'), rowFormats)
      const lists = app.table('lists', { key: string(), value: json<number[]>() })
      app.handler('mutator', { source, tables: { lists }, concurrency: 1 }, async (value, event, tables) => {
        const list = (await tables.lists.get(event.key)) as number[] | undefined
        if (list === undefined) tables.lists.set(event.key, [value])
        else list.push(value)
      })
      const failed = failureOf(app)
      await app.start().catch(() => undefined)
      expect((await failed).message).toMatch(
        /"mutator" .*offset 1\) failed: Cannot add property 1, object is not extensible/,
      )
    })
  })
}
