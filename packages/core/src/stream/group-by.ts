import { type Serde, string } from '../serde/index.ts'
import type { StreamNode } from './stream-node.ts'

/** What the topic behind a `groupBy` is. */
export interface GroupByOptions<K, V> {
  /** Needed where the selected key is no string. @default string() */
  readonly key?: Serde<K>
  /** Needed where the values are not those of the source any more. @default the value serde of the source */
  readonly value?: Serde<V>
  /** @default as many as the topics it is filled from */
  readonly partitions?: number
  /**
   * Kafka topic configs of the repartition topic. It needs a `retention.ms` here where the transport cannot delete records; longer than
   * the app is ever down, since what is older may be lost. @default { 'cleanup.policy': 'delete', 'retention.ms': '-1' }
   */
  readonly configs?: Readonly<Record<string, string>>
}

/** The serdes of a repartition topic. A missing one is reported: guessing a format would change values on their way. */
export function repartitionSerdes<K, V>(
  name: string,
  node: StreamNode,
  options: GroupByOptions<K, V>,
): { readonly key: Serde<K>; readonly value: Serde<V> } {
  const value = options.value ?? node.serdes.value
  if (value === undefined) {
    const above = node.path().map(({ label }) => label)
    node.root.builder.report(
      `groupBy "${name}" needs the option value, a serde for what ${above.join(' | ') || node.root.source.name} gives, as in { value: json() }`,
    )
  }
  // Without a key serde the selected key is a string; a missing value serde stops the app before it is used.
  return {
    key: options.key ?? (string() as Serde<unknown> as Serde<K>),
    value: (value ?? string()) as Serde<unknown> as Serde<V>,
  }
}
