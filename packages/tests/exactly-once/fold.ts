import type { ReadRecord } from '../src/cluster/index.ts'
import type { Input } from './load.ts'
import type { Row } from './worker-options.ts'

/** A result of a record, as the worker puts it out. */
export interface Output extends Row {
  readonly n: number
  readonly key: string
  /** Place among the records of the partition that wrote the shared row. */
  readonly total?: number
}

/** What the input must come to, computed without any of the library's code. */
export interface Fold {
  readonly records: number
  readonly inputs: ReadonlyMap<number, Input>
  /** Results of every key, in order. */
  readonly byKey: ReadonlyMap<string, readonly Output[]>
  /** Final rows by key, by group, and of what each partition shares. */
  readonly keyRows: ReadonlyMap<string, Row>
  readonly groupRows: ReadonlyMap<string, Row>
  readonly sharedRows: ReadonlyMap<string, Row>
}

/** Folds the input as it lies in the log. */
export function fold(input: readonly ReadRecord[], totalKeys: readonly string[]): Fold {
  const inputs = new Map<number, Input>()
  const byKey = new Map<string, Output[]>()
  const keyRows = new Map<string, Row>()
  const groupRows = new Map<string, Row>()
  const sharedRows = new Map<string, Row>()
  const add = (rows: Map<string, Row>, key: string, amount: number): Row => {
    const { count, sum } = rows.get(key) ?? { count: 0, sum: 0 }
    const row = { count: count + 1, sum: sum + amount }
    rows.set(key, row)
    return row
  }
  for (const { partition, value } of input) {
    const record = value as Input
    const { n, key, amount, group } = record
    inputs.set(n, record)
    const results = byKey.get(key) ?? []
    byKey.set(key, results)
    results.push({ n, key, ...add(keyRows, key, amount) })
    add(groupRows, group, amount)
    if (n % 16 === 0) add(sharedRows, totalKeys[partition]!, amount)
  }
  return { records: input.length, inputs, byKey, keyRows, groupRows, sharedRows }
}
