import { describe, expect, it } from 'vitest'
import {
  type AgentFunction,
  type AgentOptions,
  agentConsumer,
  crash,
  type EventStream,
  message,
  oneForAll,
  oneForOne,
  restart,
} from '../../src/agent/index.ts'
import { StreamError, type StreamErrorCode } from '../../src/errors/index.ts'
import { json, string } from '../../src/serde/index.ts'
import { StreamGraph } from '../../src/stream/index.ts'
import { declareTable, type TableHandle, type Tables } from '../../src/table/index.ts'
import { declareTopic, type Processor } from '../../src/topology/index.ts'
import { FakeEvent, type Rows } from './fake-event.ts'
import { ManualClock } from './manual-clock.ts'

const numbers = declareTopic('numbers', { key: string(), value: json<number>() })
const doubled = declareTopic('doubled', { key: string(), value: json<number>() })
const totals = declareTable('app', 'totals', { key: string(), value: json<number>(), default: () => 0 })
const longest = (): number => 0.999_999

interface Running {
  readonly processor: Processor
  readonly failures: StreamError[]
  readonly clock: ManualClock
}

/** One task of an agent. */
function start<T extends Tables = Record<never, never>>(
  fn: AgentFunction<string, number, T, number>,
  options: Partial<AgentOptions<string, number, T, number>> & { readonly task?: string } = {},
): Running {
  const clock = new ManualClock()
  const failures: StreamError[] = []
  const agent = agentConsumer({ name: 'a', source: numbers, ...options, clock, random: longest }, fn)
  const task = options.task ?? 'numbers_0'
  const processor = agent.create({ task, partition: 0, fail: (error) => void failures.push(error) })
  return { processor, failures, clock }
}

function event(value: number, rows: Rows = new Map()): FakeEvent<unknown, unknown> {
  return new FakeEvent<unknown, unknown>('k', value, { rows, offset: value })
}

/** Lets promises that can settle do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined
}

/** What has become of a promise by now. */
async function stateOf(promise: void | Promise<void>): Promise<'done' | 'open' | StreamErrorCode | 'failed'> {
  let state: 'done' | 'open' | StreamErrorCode | 'failed' = 'open'
  Promise.resolve(promise).then(
    () => (state = 'done'),
    (error: unknown) => (state = StreamError.is(error) ? error.code : 'failed'),
  )
  await settle()
  return state
}

describe('a loop', () => {
  it('gets the records one after the other, in one run of its function', async () => {
    const seen: unknown[] = []
    const { processor } = start(async (stream) => {
      seen.push('begin')
      for await (const value of stream) seen.push(value)
    })
    for (const value of [1, 2, 3]) await processor.process(event(value))
    expect(seen).toEqual(['begin', 1, 2, 3])
  })
  it('completes a record when it asks for the next one, not before', async () => {
    let finish: () => void = () => undefined
    const { processor } = start(async (stream) => {
      for await (const _ of stream) await new Promise<void>((resolve) => (finish = resolve))
    })
    const first = processor.process(event(1))
    expect(await stateOf(first)).toBe('open')
    finish()
    expect(await stateOf(first)).toBe('done')
  })
  it('reads values, events or items, at one position', async () => {
    const seen: unknown[] = []
    const { processor } = start(async (stream) => {
      for await (const value of stream) {
        seen.push(value)
        break
      }
      for await (const one of stream.events()) {
        seen.push([one.offset, one.value])
        break
      }
      for await (const item of stream.items()) seen.push(item)
    })
    for (const value of [1, 2, 3]) await processor.process(event(value))
    expect(seen).toEqual([1, [2, 2], ['k', 3]])
  })
  it('waits with the first record for what its function does beforehand', async () => {
    let ready: () => void = () => undefined
    const seen: number[] = []
    const { processor } = start(async (stream) => {
      await new Promise<void>((resolve) => (ready = resolve))
      for await (const value of stream) seen.push(value)
    })
    const first = processor.process(event(1))
    expect(await stateOf(first)).toBe('open')
    ready()
    await first
    expect(seen).toEqual([1])
  })
  it('may not ask for a record while it waits for one', async () => {
    const codes: unknown[] = []
    const { processor, failures } = start(async (stream) => {
      const records = stream.events()
      await records.next()
      const second = records.next()
      await records.next().catch((error: unknown) => codes.push(StreamError.is(error) && error.code))
      await second
      await records.next()
    })
    await processor.process(event(1))
    await processor.process(event(2))
    expect(codes).toEqual(['STREAM_STATE_INVALID'])
    expect(failures).toEqual([])
  })
  it('uses tables in the scope of the record in hand', async () => {
    const rows: Rows = new Map()
    const { processor } = start(
      async (stream, tables) => {
        for await (const value of stream) await tables.totals.update('k', (total) => total + value)
      },
      { tables: { totals } },
    )
    const events = [1, 2].map((value) => event(value, rows))
    for (const one of events) await processor.process(one)
    expect(rows.get('totals')!.get('k')).toBe(3)
    expect(events.map(({ bound }) => bound)).toEqual([1, 1])
  })
  it('finds its tables expired with no record in hand', async () => {
    let kept: TableHandle<string, number, number> | undefined
    const { processor, failures } = start(
      async (stream, tables) => {
        kept = tables.totals
        for await (const _ of stream);
      },
      { tables: { totals } },
    )
    await processor.process(event(1))
    await expect(kept!.get('k')).rejects.toMatchObject({ code: 'STREAM_HANDLE_EXPIRED' })
    expect(() => kept!.set('k', 1)).toThrow('await all work there before the body ends')
    processor.close()
    await expect(kept!.update('k', (total) => total)).rejects.toMatchObject({ code: 'STREAM_HANDLE_EXPIRED' })
    expect(failures).toEqual([])
  })
  it('runs behind the operators of a stream, one event after the other', async () => {
    const source = new StreamGraph('app', () => undefined).stream(numbers).flatMap((value) => [
      ['x', value],
      ['y', value + 1],
    ])
    const seen: unknown[] = []
    const agent = agentConsumer({ name: 'a', source }, async (stream) => {
      for await (const item of stream.items()) seen.push(item)
    })
    const processor = agent.create({ task: 't', partition: 0, fail: () => undefined })
    await processor.process(event(1))
    expect(agent.steps).toEqual(['flatMap'])
    expect(seen).toEqual([
      ['x', 1],
      ['y', 2],
    ])
  })
})

describe('a generator', () => {
  it('yields to the sinks, with the record in hand', async () => {
    const { processor } = start(
      async function* (stream) {
        for await (const value of stream) {
          yield value * 2
          yield message({ key: 'other', value })
        }
      },
      { sinks: [doubled] },
    )
    const one = event(4)
    await processor.process(one)
    expect(one.sent).toEqual([
      { to: 'doubled', message: { key: 'k', value: 8 } },
      { to: 'doubled', message: expect.objectContaining({ key: 'other', value: 4 }) },
    ])
  })
  it('does not go on before its sinks are done, and keeps the record open meanwhile', async () => {
    let finish: () => void = () => undefined
    const { processor } = start(
      async function* (stream) {
        for await (const value of stream) yield value
      },
      { sinks: [() => new Promise<void>((resolve) => (finish = resolve))] },
    )
    const first = processor.process(event(1))
    expect(await stateOf(first)).toBe('open')
    finish()
    expect(await stateOf(first)).toBe('done')
  })
  it('meets a failed sink as a throw at its yield, which it may catch', async () => {
    const seen: string[] = []
    const { processor } = start(
      async function* (stream) {
        for await (const value of stream) {
          try {
            yield value
          } catch (error) {
            seen.push(String(error))
            if (value === 2) throw error
          }
        }
      },
      { sinks: [() => Promise.reject(new Error('sink'))] },
    )
    expect(await stateOf(processor.process(event(1)))).toBe('done')
    expect(await stateOf(processor.process(event(2)))).toBe('failed')
    expect(seen).toEqual(['Error: sink', 'Error: sink'])
  })
  it('fails the record where it yields undefined, or has no sinks', async () => {
    async function* nothing(stream: EventStream<string, number>): AsyncGenerator<number, void, undefined> {
      for await (const _ of stream) yield undefined as never
    }
    const undefinedTo = start(nothing, { sinks: [doubled] })
    expect(await stateOf(undefinedTo.processor.process(event(1)))).toBe('STREAM_VALUE_UNDEFINED')
    const withoutSinks = start(nothing)
    expect(await stateOf(withoutSinks.processor.process(event(1)))).toBe('STREAM_DECLARATION_INVALID')
  })
})

describe('a loop that ends', () => {
  it.each(['break', 'return'])(
    'by %s while records keep coming fails the app; the record is not complete',
    async (how) => {
      const { processor, failures } = start(async (stream) => {
        for await (const value of stream) {
          if (value < 2) continue
          if (how === 'return') return
          break
        }
      })
      await processor.process(event(1))
      expect(await stateOf(processor.process(event(2)))).toBe('STREAM_AGENT_ENDED')
      expect(failures.map(({ code }) => code)).toEqual(['STREAM_AGENT_ENDED'])
      expect(failures[0]!.message).toContain('let its "for await" run')
      expect(failures[0]!.place).toMatchObject({ consumer: 'a', task: 'numbers_0' })
      expect(await stateOf(processor.process(event(3)))).toBe('STREAM_AGENT_ENDED')
      expect(failures).toHaveLength(1)
    },
  )
  it('tells the app before it rejects the record', async () => {
    const order: string[] = []
    const agent = agentConsumer({ name: 'a', source: numbers }, async () => undefined)
    const processor = agent.create({ task: 't', partition: 0, fail: () => void order.push('app') })
    await Promise.resolve(processor.process(event(1))).catch(() => order.push('record'))
    expect(order).toEqual(['app', 'record'])
  })
  it('because its task is closed may end as it likes', async () => {
    let end = ''
    const { processor, failures } = start(async (stream) => {
      for await (const _ of stream);
      end = 'came to the end'
      throw new Error('afterwards')
    })
    await processor.process(event(1))
    processor.close()
    await settle()
    expect(end).toBe('came to the end')
    expect(failures).toEqual([])
    expect(await stateOf(processor.process(event(2)))).toBe('STREAM_CLOSED')
  })
  it('with a record in hand when its task is closed does not complete it', async () => {
    let finish: () => void = () => undefined
    let ended = false
    const { processor, failures } = start(async (stream) => {
      for await (const _ of stream) await new Promise<void>((resolve) => (finish = resolve))
      ended = true
    })
    const first = processor.process(event(1))
    processor.close()
    expect(await stateOf(first)).toBe('STREAM_CLOSED')
    finish()
    await settle()
    expect(ended).toBe(true)
    expect(failures).toEqual([])
  })
})

describe('a loop that throws', () => {
  it('fails the record in hand, and a new run takes the next attempt', async () => {
    const seen: string[] = []
    let run = 0
    const { processor, failures, clock } = start(async (stream) => {
      const number = ++run
      for await (const value of stream) {
        seen.push(`run ${number}: ${value}`)
        if (number === 1) throw undefined
      }
    })
    expect(await stateOf(processor.process(event(1)))).toBe('failed')
    await processor.process(event(1))
    await processor.process(event(2))
    expect(seen).toEqual(['run 1: 1', 'run 2: 1', 'run 2: 2'])
    expect(failures).toEqual([])
    expect(clock.pendingMs).toEqual([])
  })
  it('on one record after the other is bounded by the error policy alone', async () => {
    const { processor, failures } = start(async (stream) => {
      for await (const value of stream) throw new Error(`poison ${value}`)
    })
    for (let value = 0; value < 100; value++) expect(await stateOf(processor.process(event(value)))).toBe('failed')
    expect(failures).toEqual([])
  })
  it('cannot reach the tables any more through what the old run kept', async () => {
    const kept: TableHandle<string, number, number>[] = []
    const { processor } = start(
      async (stream, tables) => {
        kept.push(tables.totals)
        for await (const value of stream) {
          if (value === 1) throw new Error('no')
          await expect(kept[0]!.get('k')).rejects.toMatchObject({ code: 'STREAM_HANDLE_EXPIRED' })
        }
      },
      { tables: { totals } },
    )
    expect(await stateOf(processor.process(event(1)))).toBe('failed')
    expect(await stateOf(processor.process(event(2)))).toBe('done')
    expect(kept).toHaveLength(2)
  })
  it('outside any record starts again with growing waits, the record waiting with it', async () => {
    let runs = 0
    const { processor, failures, clock } = start(async (stream) => {
      if (++runs < 4) throw new Error('no database')
      for await (const _ of stream);
    })
    const first = processor.process(event(1))
    const waits: number[] = []
    while ((await stateOf(first)) === 'open') {
      waits.push(...clock.pendingMs)
      clock.advance(clock.pendingMs[0]!)
    }
    expect(waits).toEqual([100, 200, 400])
    expect(await stateOf(first)).toBe('done')
    expect([runs, failures.length]).toEqual([4, 0])
  })
  it('outside any record too often fails the app with the cause, and never spins', async () => {
    let runs = 0
    const supervision = oneForOne({ maxRestarts: 3, withinMs: 1000 })
    const { processor, failures, clock } = start(
      () => {
        runs++
        throw new Error('no database')
      },
      { supervision },
    )
    const first = processor.process(event(1))
    await settle()
    expect([runs, clock.pendingMs]).toEqual([1, [0]])
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(0)
      await settle()
    }
    expect(await stateOf(first)).toBe('STREAM_HANDLER_FAILED')
    expect(runs).toBe(4)
    expect(failures).toHaveLength(1)
    expect(failures[0]!.message).toContain('no database')
    expect(failures[0]!.cause).toEqual(new Error('no database'))
  })
  it('outside any record now and then keeps going', async () => {
    let runs = 0
    let isBroken = true
    const { processor, failures, clock } = start(
      async (stream) => {
        runs++
        if (isBroken) throw new Error('no database')
        for await (const value of stream) if (value < 9) throw new Error('poison')
      },
      { supervision: restart({ maxRestarts: 1, withinMs: 1000 }) },
    )
    for (let turn = 0; turn < 5; turn++) {
      isBroken = true
      const record = processor.process(event(turn))
      await settle()
      isBroken = false
      clock.advance(clock.pendingMs[0]!)
      expect(await stateOf(record)).toBe('failed')
      clock.advance(1000)
    }
    await processor.process(event(9))
    expect([runs, failures.length]).toEqual([11, 0])
  })
  it('while it waits for a record is replaced after a wait that the next record sees', async () => {
    let fail: (error: Error) => void = () => undefined
    let runs = 0
    const { processor, failures, clock } = start(async (stream) => {
      runs++
      const iterator = stream.events()
      const broken = new Promise<never>((_, reject) => (fail = reject))
      for (;;) if ((await Promise.race([iterator.next(), broken])).done) return
    })
    await processor.process(event(1))
    fail(new Error('connection lost'))
    await settle()
    expect(runs).toBe(1)
    const second = processor.process(event(2))
    expect([await stateOf(second), clock.pendingMs]).toEqual(['open', [100]])
    clock.advance(100)
    expect(await stateOf(second)).toBe('done')
    expect([runs, failures.length]).toEqual([2, 0])
  })
  it('and is closed while it waits to start again starts no more', async () => {
    let runs = 0
    const { processor, clock } = start(async () => {
      runs++
      throw new Error('no database')
    })
    const first = processor.process(event(1))
    await settle()
    processor.close()
    expect(await stateOf(first)).toBe('STREAM_CLOSED')
    clock.advance(1_000_000)
    expect([runs, clock.pendingMs]).toEqual([1, []])
  })
})

describe('supervision', () => {
  it('crash fails the app, after the record has been rejected', async () => {
    const order: string[] = []
    const agent = agentConsumer({ name: 'a', source: numbers, supervision: crash() }, async (stream) => {
      for await (const _ of stream) throw new Error('no')
    })
    const fail = (error: StreamError): void => void order.push(error.code)
    const processor = agent.create({ task: 't', partition: 0, fail })
    await Promise.resolve(processor.process(event(1))).catch(() => order.push('record'))
    await settle()
    expect(order).toEqual(['record', 'STREAM_HANDLER_FAILED'])
  })
  it('one for all replaces the loops of the task that share it, each after the record in hand', async () => {
    const supervision = oneForAll()
    const runs = { idle: 0, busy: 0, elsewhere: 0 }
    let finish: () => void = () => undefined
    const loop =
      (name: keyof typeof runs): AgentFunction<string, number, Tables, number> =>
      async (stream) => {
        runs[name]++
        for await (const value of stream) if (value === 9) await new Promise<void>((resolve) => (finish = resolve))
      }
    const idle = start(loop('idle'), { supervision })
    const busy = start(loop('busy'), { supervision })
    const elsewhere = start(loop('elsewhere'), { supervision, task: 'numbers_1' })
    const failing = start(
      async (stream) => {
        for await (const _ of stream) throw new Error('no')
      },
      { supervision },
    )
    for (const { processor } of [idle, busy, elsewhere]) await processor.process(event(1))
    const inHand = busy.processor.process(event(9))
    await settle()
    expect(await stateOf(failing.processor.process(event(1)))).toBe('failed')
    expect(await stateOf(inHand)).toBe('open')
    finish()
    expect(await stateOf(inHand)).toBe('done')
    for (const { processor } of [idle, busy, elsewhere]) await processor.process(event(2))
    expect(runs).toEqual({ idle: 2, busy: 2, elsewhere: 1 })
    expect([idle, busy, elsewhere, failing].flatMap(({ failures }) => failures)).toEqual([])
  })
  it.each([
    [{ backoffMs: -1 }, 'backoffMs'],
    [{ maxBackoffMs: 0.5 }, 'maxBackoffMs'],
    [{ maxRestarts: -1 }, 'maxRestarts'],
    [{ withinMs: 0 }, 'withinMs'],
  ])('refuses %o', (options, reason) => {
    for (const of of [restart, oneForOne, oneForAll]) {
      expect(() => of(options)).toThrow(expect.objectContaining({ code: 'STREAM_CONFIG_INVALID' }))
      expect(() => of(options)).toThrow(reason)
    }
  })
  it('written without its parentheses is refused', () => {
    expect(() => start(async () => undefined, { supervision: crash as never })).toThrow('call one of restart()')
  })
})
