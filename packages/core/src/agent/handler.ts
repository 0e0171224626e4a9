import { handlesForEvents, isPromise, type TableHandles, type Tables } from '../table/index.ts'
import type { ConsumerDeclaration, Event, ScopedEvent } from '../topology/index.ts'
import { consumerBase } from './consumer-base.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { behindOperators } from './consumer-source.ts'
import type { SinkMessage } from './sink-message.ts'
import type { Emit } from './sinks.ts'

/** What a handler is, besides its name and its function. */
export interface HandlerOptions<K, V, T extends Tables = Tables, R = unknown> extends ConsumerOptions<K, V, T, R> {
  /** How many keys at once; events of one key run one after the other, and with 1 all do. @default 64 */
  readonly concurrency?: number
}

/** What a handler may return: nothing, or one result for its sinks. */
export type HandlerResult<R> = R | SinkMessage<unknown, R | null> | undefined | void

/**
 * A handler's code: called once for every attempt at an event, which is done when its promise settles. Await all work: what is left
 * running afterwards finds its event and its tables expired. Without sinks the result is ignored.
 */
export type HandlerFunction<K, V, T extends Tables = Tables, R = unknown> = (
  value: V,
  event: Event<K, V>,
  tables: TableHandles<T>,
) => HandlerResult<R> | Promise<HandlerResult<R>>

/** A handler as declared. As a sink it stands for what it reads. */
export interface HandlerDeclaration<K = unknown, V = unknown> extends ConsumerDeclaration {
  readonly kind: 'handler'
  /** Carries the types. */
  readonly '~takes'?: readonly [K, V]
}

/**
 * Declares a handler: one call per event, in order per key, many keys at once.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options that no handler can be made of.
 */
export function handlerConsumer<K, V, T extends Tables = Record<never, never>, R = unknown>(
  options: HandlerOptions<K, V, T, R> & { readonly name: string },
  fn: HandlerFunction<K, V, T, NoInfer<R>>,
): HandlerDeclaration<K, V> {
  const { name, concurrency = 64 } = options
  const { resolved, emit, ...base } = consumerBase('handler', name, options, fn)
  // Without declared tables T is the empty record.
  const handlesFor = handlesForEvents(options.tables ?? ({} as T))
  // The runtime carries untyped what the source declared as K and V.
  const call = fn as (value: unknown, event: Event, tables: TableHandles<T>) => unknown
  const work = (event: ScopedEvent): unknown => call(event.value, event, handlesFor(event))
  const process = emit === undefined ? withoutSinks(work) : withSinks(work, emit)
  return {
    ...base,
    name,
    kind: 'handler',
    source: resolved.source,
    steps: resolved.steps,
    concurrency,
    create: () => ({ process: behindOperators(resolved, process), close: () => undefined }),
  }
}

function withoutSinks(work: (event: ScopedEvent) => unknown): (event: ScopedEvent) => void | Promise<void> {
  return (event) => {
    const result = work(event)
    return isPromise(result) ? native(result) : undefined
  }
}

function withSinks(work: (event: ScopedEvent) => unknown, emit: Emit): (event: ScopedEvent) => void | Promise<void> {
  return (event) => {
    const result = work(event)
    if (isPromise(result)) return native(result.then((settled) => emitResult(emit, settled, event)))
    return emitResult(emit, result, event)
  }
}

function emitResult(emit: Emit, result: unknown, event: ScopedEvent): void | Promise<void> {
  return result === undefined ? undefined : emit(result, event)
}

/** The very promise where it is one of this realm's; nobody looks at what it resolves to. */
function native(promise: PromiseLike<unknown>): Promise<void> {
  return Promise.resolve(promise) as Promise<void>
}
