import { expect } from 'vitest'
import { partitionOfKey, type ReadRecord } from '../src/cluster/index.ts'
import type { Fold, Output } from './fold.ts'

/** Results of a loop: of every key exactly those of the fold, in order. */
export function judgeOrdered(expected: Fold, records: readonly ReadRecord[], partitions: number): void {
  const found = byRecordKey(records, partitions)
  expect(records.length, 'results of the loop').toBe(expected.records)
  for (const [key, results] of expected.byKey) expect(found.get(key), `loop, key ${key}`).toEqual(results)
}

/** Results of an asynchronous handler: as of the loop, and the rows that keys share tell of one execution after the other. */
export function judgeAsync(expected: Fold, records: readonly ReadRecord[], partitions: number): void {
  const found = byRecordKey(records, partitions)
  expect(records.length, 'results of the handler').toBe(expected.records)
  for (const [key, results] of expected.byKey) {
    const own = (found.get(key) ?? []).map(({ n, key, count, sum }) => ({ n, key, count, sum }))
    expect(own, `handler, key ${key}`).toEqual(results)
  }
  for (let partition = 0; partition < partitions; partition++) {
    const sharing = records
      .filter((record) => record.partition === partition)
      .map(({ value }) => value as Output)
      .filter(({ total }) => total !== undefined)
    const totals = sharing.map(({ total }) => total!).sort((a, b) => a - b)
    expect(totals, `places of those that share a row, partition ${partition}`).toEqual(totals.map((_, at) => at + 1))
    const last = new Map<string, number>()
    for (const { key, n, total } of sharing) {
      expect(total, `place of record ${n} of key ${key} behind the one before`).toBeGreaterThan(last.get(key) ?? 0)
      last.set(key, total!)
    }
  }
}

/** Results by group: a running count and sum without gap, of every record once, and in order of the key it came with. */
export function judgeGrouped(expected: Fold, records: readonly ReadRecord[], partitions: number): void {
  expect(records.length, 'results by group').toBe(expected.records)
  const seen = new Set<number>()
  const places = new Map([...expected.byKey].map(([key, results]) => [key, placesOf(results)]))
  for (const [group, results] of byRecordKey(records, partitions)) {
    let sum = 0
    const last = new Map<string, number>()
    for (const [at, result] of results.entries()) {
      const input = expected.inputs.get(result.n)
      expect(input?.group, `group of record ${result.n}`).toBe(group)
      sum += input!.amount
      expect(result, `result ${at} of group ${group}`).toEqual({ n: result.n, key: input!.key, count: at + 1, sum })
      const place = places.get(result.key)!.get(result.n)!
      expect(place, `order of key ${result.key} in group ${group}`).toBeGreaterThan(last.get(result.key) ?? -1)
      last.set(result.key, place)
      seen.add(result.n)
    }
  }
  expect(seen.size, 'records by group, each once').toBe(expected.records)
}

function placesOf(results: readonly Output[]): Map<number, number> {
  return new Map(results.map(({ n }, at) => [n, at]))
}

function byRecordKey(records: readonly ReadRecord[], partitions: number): Map<string, Output[]> {
  const found = new Map<string, Output[]>()
  for (const { key, value, partition } of records) {
    expect(partition, `partition of key ${key}`).toBe(partitionOfKey(key!, partitions))
    const results = found.get(key!) ?? []
    found.set(key!, results)
    results.push(value as Output)
  }
  return found
}
