import { StreamError } from '../errors/index.ts'
import type { StreamSource } from '../stream/index.ts'
import type { AnyGlobalTable, AnyTable, Tables } from '../table/index.ts'
import type {
  ChannelDeclaration,
  ErrorPolicy,
  GlobalTableDeclaration,
  TableDeclaration,
  TopicDeclaration,
} from '../topology/index.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { resolveSource } from './consumer-source.ts'
import { isErrorPolicy, stop } from './error-policy.ts'
import { compileSinks, type Emit, type Sink, sinkTargets } from './sinks.ts'

/** The part of a consumer's declaration that its options settle, whatever runs in it. */
export interface ConsumerBase {
  readonly resolved: StreamSource
  readonly emit: Emit | undefined
  readonly tables: readonly TableDeclaration[]
  readonly globalTables: readonly GlobalTableDeclaration[]
  readonly outputs: readonly (TopicDeclaration | ChannelDeclaration)[]
  readonly onError: ErrorPolicy
}

/** Throws `STREAM_DECLARATION_INVALID` for options that no consumer can be made of. */
export function consumerBase<K, V, T extends Tables, R>(
  kind: 'agent' | 'handler',
  name: string,
  options: ConsumerOptions<K, V, T, R>,
  fn: unknown,
): ConsumerBase {
  const onError = options.onError ?? stop()
  const problem = problemOf(options, onError, fn)
  if (problem !== undefined) {
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `${kind} "${name}": ${problem}`,
      place: { consumer: name },
    })
  }
  // What sinks take was checked against what the consumer gives; they carry it untyped.
  const sinks = (options.sinks ?? []) as readonly Sink[]
  const tables = Object.values(options.tables ?? {})
  return {
    resolved: resolveSource(options.source),
    emit: compileSinks(name, sinks),
    tables: tables.filter((table): table is AnyTable => table.kind === 'table'),
    globalTables: tables.filter((table): table is AnyGlobalTable => table.kind === 'global-table'),
    outputs: [...new Set([...(options.outputs ?? []), ...sinkTargets(name, sinks)])],
    onError,
  }
}

function problemOf<K, V, T extends Tables, R>(
  options: ConsumerOptions<K, V, T, R>,
  onError: ErrorPolicy,
  fn: unknown,
): string | undefined {
  const source = kindOf(options?.source)
  if (source !== 'topic' && source !== 'channel' && source !== 'stream') {
    return 'its source is no topic, channel or stream; declare one first, and mind modules that import each other in a circle'
  }
  if (typeof fn !== 'function') return 'its code is not a function'
  if (!isErrorPolicy(onError)) {
    return 'onError is not an error policy; call one of stop(), skip(), retry({ attempts }), deadLetter()'
  }
  for (const [name, table] of Object.entries(options.tables ?? {})) {
    const kind = kindOf(table)
    if (kind !== 'table' && kind !== 'global-table') return `tables.${name} is not a table; make one with app.table()`
  }
  for (const output of options.outputs ?? []) {
    const kind = kindOf(output)
    if (kind !== 'topic' && kind !== 'channel') return 'something among its outputs is neither a topic nor a channel'
  }
  return undefined
}

function kindOf(value: unknown): unknown {
  return (value as { kind?: unknown } | null | undefined)?.kind
}
