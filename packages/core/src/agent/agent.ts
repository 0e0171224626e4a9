import { type Clock, type Random, systemClock } from '../service/index.ts'
import { handlesForLoop, type TableHandles, type Tables } from '../table/index.ts'
import type { ConsumerDeclaration, TaskContext } from '../topology/index.ts'
import { AgentLoop } from './agent-loop.ts'
import { consumerBase } from './consumer-base.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { behindOperators } from './consumer-source.ts'
import { type EventStream, LoopStream } from './event-stream.ts'
import type { LoopInstance } from './loop-instance.ts'
import { Restarts } from './restarts.ts'
import type { SinkMessage } from './sink-message.ts'
import { checkSupervision, restart, type Supervision } from './supervision.ts'

/** What an agent is, besides its name and its function. */
export interface AgentOptions<K, V, T extends Tables = Tables, R = unknown> extends ConsumerOptions<K, V, T, R> {
  /** How its loop is replaced after it threw. @default restart() */
  readonly supervision?: Supervision
}

/**
 * An agent's code: a loop over its stream, one run of it per task. An async generator yields results to the sinks.
 *
 * A throw fails the record in hand. To return ends the app with `STREAM_AGENT_ENDED`, unless the stream has ended.
 */
export type AgentFunction<K, V, T extends Tables = Tables, R = unknown> = (
  stream: EventStream<K, V>,
  tables: TableHandles<T>,
) => Promise<void> | AsyncGenerator<R | SinkMessage<unknown, R | null>, void, undefined>

/** An agent as declared. As a sink it stands for what it reads. */
export interface AgentDeclaration<K = unknown, V = unknown> extends ConsumerDeclaration {
  readonly kind: 'agent'
  /** Carries the types. */
  readonly '~takes'?: readonly [K, V]
}

/** Where an agent's loops get their time and chance from. */
export interface AgentSources {
  readonly name: string
  /** @default systemClock */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: Random
}

/**
 * Declares an agent: one event after the other, in the order of the log.
 *
 * Throws `STREAM_DECLARATION_INVALID` for options that no agent can be made of.
 */
export function agentConsumer<K, V, T extends Tables = Record<never, never>, R = unknown>(
  options: AgentOptions<K, V, T, R> & AgentSources,
  fn: AgentFunction<K, V, T, NoInfer<R>>,
): AgentDeclaration<K, V> {
  const { name, clock = systemClock, random = Math.random, supervision = restart() } = options
  const { resolved, emit, ...base } = consumerBase('agent', name, options, fn)
  checkSupervision(name, supervision)
  // Without declared tables T is the empty record.
  const tables = options.tables ?? ({} as T)
  const run = (instance: LoopInstance): unknown =>
    // The stream carries untyped what the source declared as K and V.
    fn(new LoopStream(instance) as unknown as EventStream<K, V>, handlesForLoop(tables, instance))
  return {
    ...base,
    name,
    kind: 'agent',
    source: resolved.source,
    steps: resolved.steps,
    concurrency: 1,
    create: (task: TaskContext) => {
      const restarts = new Restarts(supervision, random)
      const loop = new AgentLoop({ agent: name, task, run, emit, supervision, restarts, clock })
      return { process: behindOperators(resolved, (event) => loop.process(event)), close: () => loop.close() }
    },
  }
}
