import type { Serde } from '../serde/index.ts'
import type { MaybePromise } from '../store/index.ts'
import {
  type ChannelDeclaration,
  type Event,
  repartitionTopic,
  type TopicDeclaration,
  topicNameProblem,
} from '../topology/index.ts'
import type { StreamCallback } from './callback.ts'
import { filterOperator, forEachOperator, peekOperator } from './filter-operators.ts'
import { flatMapOperator } from './flat-map-operator.ts'
import { type GroupByOptions, repartitionSerdes } from './group-by.ts'
import { mapOperator, mapValuesOperator, selectKeyOperator } from './map-operators.ts'
import type { Operator } from './operator.ts'
import { groupByOperator, toOperator } from './send-operators.ts'
import { type KnownSerdes, StreamNode } from './stream-node.ts'

/**
 * Events of one source on their way through operators. Every operator gives a new stream and leaves this one as it is, so that several
 * branches can start from it; what branches share runs once per event. Callbacks may be synchronous or asynchronous; an event is done
 * when all its branches are. Keys and values are shared between branches: change copies.
 *
 * Declarations throw `STREAM_DECLARATION_INVALID` for what is no function, topic or channel, and `STREAM_DECLARED_TOO_LATE` once the app
 * has started.
 */
export class Stream<K, V> {
  readonly kind = 'stream'
  /** Where it stands in its tree; not for users. */
  readonly '~node': StreamNode

  /** Streams are made by `app.stream()`. */
  constructor(node: StreamNode) {
    this['~node'] = node
  }

  /** A new key and a new value for every event, as a pair: `(flight) => [flight.origin, flight.delay]`. */
  map<K2, V2>(fn: StreamCallback<K, V, MaybePromise<readonly [key: K2, value: V2]>>): Stream<K2, V2> {
    return this.#then(mapOperator(fn), { key: undefined, value: undefined })
  }

  /** A new value for every event; the key stays. */
  mapValues<V2>(fn: StreamCallback<K, V, MaybePromise<V2>>): Stream<K, V2> {
    return this.#then(mapValuesOperator(fn), { ...this['~node'].serdes, value: undefined })
  }

  /** Only the events that the callback answers with true for. A type guard narrows the values. */
  filter<V2 extends V>(fn: (value: V, event: Event<K, V>) => value is V2): Stream<K, V2>
  filter(fn: StreamCallback<K, V, MaybePromise<boolean>>): Stream<K, V>
  filter(fn: StreamCallback<K, V, MaybePromise<boolean>>): Stream<K, V> {
    return this.#then(filterOperator(fn), this['~node'].serdes)
  }

  /** Any number of key-value pairs for every event, in their order: an array, an iterable, or a (possibly async) generator. */
  flatMap<K2, V2>(fn: StreamCallback<K, V, FlatMapped<K2, V2>>): Stream<K2, V2> {
    return this.#then(flatMapOperator(fn), { key: undefined, value: undefined })
  }

  /** Looks at every event on its way; a promise holds the event back until it settles. */
  peek(fn: StreamCallback<K, V, unknown>): Stream<K, V> {
    return this.#then(peekOperator(fn), this['~node'].serdes)
  }

  /**
   * A new key for every event; the value stays. The event stays in its partition: where tables are to be kept by the new key, use
   * {@link groupBy}.
   */
  selectKey<K2>(fn: StreamCallback<K, V, MaybePromise<K2>>): Stream<K2, V> {
    return this.#then(selectKeyOperator(fn), { ...this['~node'].serdes, key: undefined })
  }

  /**
   * Brings all events of a new key together in one partition, through the topic `{app id}-{name}-repartition`. Headers and timestamp
   * stay. An event for which null or undefined is selected fails with `STREAM_KEY_INVALID`.
   */
  groupBy(
    name: string,
    key: StreamCallback<K, V, MaybePromise<string>>,
    options?: GroupByOptions<string, V>,
  ): Stream<string, V>
  groupBy<K2>(
    name: string,
    key: StreamCallback<K, V, MaybePromise<K2>>,
    options: GroupByOptions<K2, V> & { readonly key: Serde<K2> },
  ): Stream<K2, V>
  groupBy<K2>(
    name: string,
    key: StreamCallback<K, V, MaybePromise<K2>>,
    options: GroupByOptions<K2, V> = {},
  ): Stream<K2, V> {
    const node = this['~node']
    const { builder } = node.root
    builder.assertOpen(`groupBy "${name}"`)
    const nameProblem = topicNameProblem(name)
    if (nameProblem !== undefined) builder.report(`groupBy "${name}": the name ${nameProblem}`)
    const serdes = repartitionSerdes(name, node, options)
    const { partitions, configs } = options
    const topic = repartitionTopic(builder.appId, name, {
      ...serdes,
      ...(partitions === undefined ? {} : { partitions }),
      ...(configs === undefined ? {} : { configs }),
    })
    this.#end(groupByOperator(name, topic, key), topic)
    return new Stream(builder.root(topic))
  }

  /** Writes every event to a declared topic or channel, with its headers and its timestamp. Ends a branch. */
  to<K2, V2>(target: Target<K2, V2> & Takes<K, V, K2, V2>): void {
    const operator = toOperator(target)
    this['~node'].root.builder.assertOpen(`to "${target.name}"`)
    this.#end(operator, target)
  }

  /** Writes every event to a declared topic or channel, and goes on with what is read from there, whoever wrote it. */
  through<K2, V2>(target: Target<K2, V2> & Takes<K, V, K2, V2>): Stream<K2, V2> {
    this.to(target)
    return new Stream(this['~node'].root.builder.root(target))
  }

  /** Does something with every event; a promise keeps the event in flight until it settles. Ends a branch. */
  forEach(fn: StreamCallback<K, V, unknown>): void {
    this['~node'].root.builder.assertOpen('forEach')
    this.#end(forEachOperator(fn))
  }

  #then<K2, V2>(operator: Operator, serdes: KnownSerdes): Stream<K2, V2> {
    const parent = this['~node']
    parent.root.builder.assertOpen(operator.label)
    const node = new StreamNode({ root: parent.root, parent, operator, serdes })
    parent.children.push(node)
    return new Stream(node)
  }

  #end(operator: Operator, target?: Target<unknown, unknown>): void {
    const parent = this['~node']
    const { root, serdes } = parent
    parent.children.push(new StreamNode({ root, parent, operator, serdes, isEnd: true }))
    if (target !== undefined) root.addOutput(target)
  }
}

/** Where a stream can write to. */
export type Target<K, V> = TopicDeclaration<K, V> | ChannelDeclaration<K, V>

/** Refuses a target for other keys or values than a stream of `K` and `V` gives; one for more of them is fine. */
export type Takes<K, V, K2, V2> = [K, V] extends [K2, V2] ? unknown : { readonly 'takes other keys or values': never }

/** What `flatMap` takes. */
export type FlatMapped<K, V> =
  | MaybePromise<Iterable<readonly [key: K, value: V]>>
  | AsyncIterable<readonly [key: K, value: V]>
