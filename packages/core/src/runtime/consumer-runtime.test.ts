import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import type { ConsumerDeclaration } from '../topology/index.ts'
import { ConsumerRuntime } from './consumer-runtime.ts'

interface Work {
  readonly name: string
  readonly orderKey: string | undefined
}

const reach = {
  outputs: new Map(),
  channels: new Set<string>(),
  tables: new Map(),
  signal: new AbortController().signal,
}

function consumer(concurrency: number): ConsumerRuntime<Work> {
  // Only what the queue looks at.
  const declaration = { name: 'counts', onError: { kind: 'stop' }, concurrency } as ConsumerDeclaration
  return new ConsumerRuntime<Work>(declaration, { process: () => undefined, close: () => undefined }, reach)
}

const work = (name: string, orderKey: string | undefined): Work => ({ name, orderKey })

function refusal(call: () => unknown): StreamError {
  try {
    call()
  } catch (error) {
    if (StreamError.is(error)) return error
  }
  throw new Error('nothing was refused')
}

describe('ConsumerRuntime', () => {
  it('runs work of one key in order, and of as many keys at once as it may', () => {
    const runtime = consumer(2)
    const [a1, a2, b1, c1] = [work('a1', 'a'), work('a2', 'a'), work('b1', 'b'), work('c1', 'c')] as const
    for (const one of [a1, a2, b1, c1]) runtime.enqueue(one)
    expect([runtime.next()?.name, runtime.next()?.name, runtime.next()]).toEqual(['a1', 'b1', undefined])
    runtime.finish(b1)
    expect(runtime.next()?.name).toBe('c1')
    expect(runtime.isFree(work('a3', 'a'))).toBe(false)
    runtime.finish(c1)
    runtime.finish(a1)
    expect(runtime.next()?.name).toBe('a2')
  })

  it('null keys have no order among themselves', () => {
    const runtime = consumer(2)
    runtime.enqueue(work('1', undefined))
    runtime.enqueue(work('2', undefined))
    expect([runtime.next()?.name, runtime.next()?.name]).toEqual(['1', '2'])
  })

  it('with concurrency 1 everything runs in the order it came', () => {
    const runtime = consumer(1)
    const [first, second] = [work('1', 'a'), work('2', 'b')] as const
    runtime.enqueue(first)
    runtime.enqueue(second)
    expect([runtime.next()?.name, runtime.next()]).toEqual(['1', undefined])
    runtime.finish(first)
    expect(runtime.next()?.name).toBe('2')
  })

  it('what was not declared is refused, with the option that declares it', () => {
    const runtime = consumer(1)
    const table = refusal(() => runtime.access('totals'))
    expect(table.code).toBe('STREAM_TABLE_NOT_DECLARED')
    expect(table.message).toBe(
      '"counts" used the table "totals", which it did not declare; add it to its option "tables"',
    )
    const topic = refusal(() => runtime.output('alerts'))
    expect(topic.code).toBe('STREAM_TOPIC_NOT_DECLARED')
    expect(topic.message).toContain('the topic "alerts", which it did not declare; add it to its option "outputs"')
  })
})
