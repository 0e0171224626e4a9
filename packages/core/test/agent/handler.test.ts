import { describe, expect, it } from 'vitest'
import { agentConsumer, handlerConsumer, message } from '../../src/agent/index.ts'
import { StreamError } from '../../src/errors/index.ts'
import { json, string } from '../../src/serde/index.ts'
import { StreamGraph } from '../../src/stream/index.ts'
import { declareTable } from '../../src/table/index.ts'
import { type ConsumerDeclaration, declareChannel, declareTopic } from '../../src/topology/index.ts'
import { FakeEvent, type Rows } from './fake-event.ts'

const numbers = declareTopic('numbers', { key: string(), value: json<number>() })
const doubled = declareTopic('doubled', { key: string(), value: json<number>() })
const results = declareChannel<string, number>('results')
const totals = declareTable('app', 'totals', { key: string(), value: json<number>(), default: () => 0 })
const task = { task: 'numbers_0', partition: 0, fail: () => undefined }

function run(consumer: ConsumerDeclaration, event: FakeEvent): void | Promise<void> {
  return consumer.create(task).process(event)
}

describe('a handler', () => {
  it('is declared with its source, tables, outputs and sinks', () => {
    const handler = handlerConsumer(
      {
        name: 'h',
        source: numbers,
        tables: { totals },
        outputs: [doubled],
        sinks: [results, doubled, () => undefined],
      },
      () => 1,
    )
    expect(handler).toMatchObject({ name: 'h', kind: 'handler', concurrency: 64, onError: { kind: 'stop' }, steps: [] })
    expect(handler.source).toBe(numbers)
    expect(handler.tables).toEqual([totals])
    expect(handler.outputs).toEqual([doubled, results])
  })
  it('that does not wait is done at once, with its effects', () => {
    const rows: Rows = new Map()
    const handler = handlerConsumer(
      { name: 'h', source: numbers, tables: { totals }, outputs: [doubled] },
      (value, event, tables) => {
        tables.totals.set(event.key, value)
        event.send(doubled, { key: event.key, value: value * 2 })
      },
    )
    const event = new FakeEvent('a', 4, { rows })
    expect(run(handler, event)).toBeUndefined()
    expect(rows.get('totals')!.get('a')).toBe(4)
    expect(event.sent).toEqual([{ to: 'doubled', message: { key: 'a', value: 8 } }])
  })
  it('that waits is done when its promise settles', async () => {
    const rows: Rows = new Map()
    const handler = handlerConsumer(
      { name: 'h', source: numbers, tables: { totals } },
      async (value, event, tables) => {
        await tables.totals.update(event.key, (total) => total + value)
      },
    )
    const done = run(handler, new FakeEvent('a', 4, { rows, isRemote: true }))
    expect(done).toBeInstanceOf(Promise)
    await done
    expect(rows.get('totals')!.get('a')).toBe(4)
  })
  it('fails as it throws, at once or later, whatever it throws', async () => {
    const sync = handlerConsumer({ name: 'h', source: numbers }, () => {
      throw new Error('now')
    })
    expect(() => run(sync, new FakeEvent('a', 1))).toThrow('now')
    const late = handlerConsumer({ name: 'h', source: numbers }, () => Promise.reject(undefined))
    await expect(run(late, new FakeEvent('a', 1))).rejects.toBeUndefined()
  })
  it('without sinks gives nothing away by what it returns', () => {
    const event = new FakeEvent('a', 1)
    expect(
      run(
        handlerConsumer({ name: 'h', source: numbers }, (value) => value),
        event,
      ),
    ).toBeUndefined()
    expect(event.sent).toEqual([])
  })
  it('takes a promise of another library for one', async () => {
    const answers: number[] = []
    const thenable = Object.fromEntries([['then', (resolve: (value: number) => void) => resolve(answers.push(1))]])
    const handler = handlerConsumer({ name: 'h', source: numbers }, () => thenable as unknown as Promise<void>)
    await run(handler, new FakeEvent('a', 1))
    expect(answers).toEqual([1])
  })
})

describe('sinks', () => {
  const sendAll = { name: 'h', source: numbers, sinks: [doubled, results] }

  it('get what a handler returns, under the key of the event', () => {
    const event = new FakeEvent('a', 4)
    expect(
      run(
        handlerConsumer(sendAll, (value) => value * 2),
        event,
      ),
    ).toBeUndefined()
    expect(event.sent).toEqual([
      { to: 'doubled', message: { key: 'a', value: 8 } },
      { to: 'results', message: { key: 'a', value: 8 } },
    ])
  })
  it('get nothing where nothing is returned', async () => {
    const event = new FakeEvent('a', 4)
    await run(
      handlerConsumer(sendAll, async () => undefined),
      event,
    )
    expect(event.sent).toEqual([])
  })
  it('get key and headers of a message, and null for a tombstone', async () => {
    const event = new FakeEvent('a', 4)
    const headers = [['h', null]] as const
    await run(
      handlerConsumer({ ...sendAll, sinks: [doubled] }, async () => message({ key: 'b', value: 1, headers })),
      event,
    )
    await run(
      handlerConsumer({ ...sendAll, sinks: [doubled] }, async () => message({ value: null })),
      event,
    )
    await run(
      handlerConsumer({ ...sendAll, sinks: [doubled] }, async () => message({ key: null, value: 2 })),
      event,
    )
    expect(event.sent.map(({ message: sent }) => sent)).toMatchObject([
      { key: 'b', value: 1, headers },
      { key: 'a', value: null },
      { key: null, value: 2 },
    ])
  })
  it('are awaited where they are functions, one after the other', async () => {
    const calls: string[] = []
    const slow = async (value: number): Promise<void> => {
      calls.push(`slow ${value}`)
      await undefined
      calls.push('slow done')
    }
    const quick = (value: number, event: { readonly key: unknown }): void => {
      calls.push(`quick ${value} ${String(event.key)}`)
    }
    const handler = handlerConsumer({ name: 'h', source: numbers, sinks: [slow, quick] }, (value) => message({ value }))
    await run(handler, new FakeEvent('a', 4))
    expect(calls).toEqual(['slow 4', 'slow done', 'quick 4 a'])
  })
  it('fail the record when they fail', async () => {
    const broken = (): Promise<void> => Promise.reject(new Error('sink'))
    const handler = handlerConsumer({ name: 'h', source: numbers, sinks: [broken] }, (value) => value)
    await expect(run(handler, new FakeEvent('a', 4))).rejects.toThrow('sink')
  })
  it('that are agents stand for what these read', () => {
    const agent = agentConsumer({ name: 'agent', source: results }, async () => undefined)
    const handler = handlerConsumer({ name: 'h', source: numbers, sinks: [agent] }, (value) => value)
    const event = new FakeEvent('a', 4)
    run(handler, event)
    expect(handler.outputs).toEqual([results])
    expect(event.sent).toEqual([{ to: 'results', message: { key: 'a', value: 4 } }])
  })
  it('cannot be agents behind operators', () => {
    const source = new StreamGraph('app', () => undefined).stream(numbers).filter((value) => value > 0)
    const agent = agentConsumer({ name: 'agent', source }, async () => undefined)
    expect(() => handlerConsumer({ name: 'h', source: numbers, sinks: [agent] }, (value) => value)).toThrow(
      'agent "agent" reads a stream with operators',
    )
  })
})

describe('a stream as the source', () => {
  it('runs its operators first', async () => {
    const source = new StreamGraph('app', () => undefined)
      .stream(numbers)
      .filter((value) => value > 0)
      .flatMap((value) => [
        ['x', value],
        ['y', value + 1],
      ])
    const seen: unknown[] = []
    const handler = handlerConsumer({ name: 'h', source }, async (value, event) => {
      await undefined
      seen.push([event.key, value])
    })
    expect(handler.source).toBe(numbers)
    expect(handler.steps).toEqual(['filter', 'flatMap'])
    expect(run(handler, new FakeEvent('a', -1))).toBeUndefined()
    await run(handler, new FakeEvent('a', 1))
    expect(seen).toEqual([
      ['x', 1],
      ['y', 2],
    ])
  })
})

describe('what cannot be a consumer is refused at its declaration', () => {
  const bad = (options: object, fn: unknown = () => undefined): StreamError => {
    try {
      handlerConsumer({ name: 'h', source: numbers, ...options }, fn as () => void)
    } catch (error) {
      if (StreamError.is(error, 'STREAM_DECLARATION_INVALID')) return error
    }
    throw new Error('was not refused')
  }
  it.each([
    [{ source: undefined }, 'its source is no topic, channel or stream'],
    [{ tables: { totals: {} } }, 'tables.totals is not a table'],
    [{ outputs: ['numbers'] }, 'neither a topic nor a channel'],
    [{ sinks: ['numbers'] }, 'among its sinks'],
    [{ onError: () => undefined }, 'onError is not an error policy'],
  ])('%o', (options, reason) => {
    expect(bad(options).message).toContain(reason)
    expect(bad(options).place.consumer).toBe('h')
  })
  it('code that is no function', () => {
    expect(bad({}, 1).message).toContain('not a function')
  })
})
