import type { Serde } from '../serde/index.ts'

/** What reads and writes of single values need to know of their table. */
export interface TableFormat<K, V> {
  readonly name: string
  readonly key: Serde<K>
  /** What reads answer where there is no row. */
  readonly default?: () => V
}
