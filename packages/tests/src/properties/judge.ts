import type { LogRecord } from '@stream/core/adapter'
import type { MemoryLog } from '@stream/transport-memory'
import { expect } from 'vitest'
import { groupCount, type Numbered, partitions, type Result, recordKeys, sumKeys, totalKeys } from './program.ts'

/** What the log shows is held against a plain loop over the input. */
export class Judge {
  readonly #log: MemoryLog
  readonly #deletes: boolean

  constructor(log: MemoryLog, deletes: boolean) {
    this.#log = log
    this.#deletes = deletes
  }

  /** Input records of a partition, in the order of the log. */
  input(partition: number): (Numbered & { readonly key: string; readonly offset: number })[] {
    return this.#log
      .records('numbers', partition)
      .map((record) => ({ ...(json(record.value) as Numbered), key: text(record.key), offset: record.offset }))
  }

  /** Whether all transactions are decided and marked, so that what readers see and what is committed are the same moment. */
  get isQuiet(): boolean {
    return !this.#log.isTransactionPending
  }

  /**
   * At any quiet moment of an exactly-once run: everything caused by the records below the committed offsets, nothing caused by any other,
   * as if they had been processed one after the other.
   */
  expectPrefix(): void {
    for (let partition = 0; partition < partitions; partition++) this.#expectPrefixOf(partition)
    this.#expectGroups()
  }

  /** At any moment of an at-least-once run: what is committed has all its results, and the first of each key come in order. */
  expectNothingLost(): void {
    for (let partition = 0; partition < partitions; partition++) {
      const committed = this.#committed('numbers', partition)
      const done = this.input(partition).filter(({ offset }) => offset < committed)
      const counting = done.filter(({ fate }) => fate !== 'dead-letter')
      this.#expectResults('counted', partition, counting)
      this.#expectResults('echoed', partition, counting)
      this.#expectResults('audits', partition, done)
      this.#expectResults(
        'tallied',
        partition,
        done.filter(({ fate }) => fate !== 'skip'),
      )
      const letters = new Set(this.#all('app-dead-letter').map(({ value }) => (value as Numbered).n))
      for (const { n, fate } of done) if (fate === 'dead-letter') expect(letters).toContain(n)
      this.#expectAtLeast(partition, counting)
    }
  }

  #expectResults(topic: string, partition: number, records: readonly (Numbered & { key: string })[]): void {
    const results = this.#all(topic).filter(({ value }) => (value as { partition: number }).partition === partition)
    for (const key of recordKeys) {
      const own = results.filter((result) => result.key === key).map(({ value }) => (value as { n: number }).n)
      const sent = records.filter((record) => record.key === key).map(({ n }) => n)
      expect([...new Set(own)].slice(0, sent.length)).toEqual(sent)
    }
  }

  /** A count may be too high, never too low. */
  #expectAtLeast(partition: number, counting: readonly Numbered[]): void {
    const total = this.fold('app-counts-changelog', partition).get(totalKeys[partition]!) ?? 0
    expect(total).toBeGreaterThanOrEqual(counting.length)
  }

  /** At the end: the prefix is everything. */
  expectAll(): void {
    this.expectPrefix()
    this.expectAllCommitted()
  }

  /** Every record is done, and so is everything behind the repartition topic. */
  expectAllCommitted(): void {
    for (let partition = 0; partition < partitions; partition++) {
      const input = this.input(partition)
      expect(this.#committed('numbers', partition)).toBeGreaterThanOrEqual((input.at(-1)?.offset ?? -1) + 1)
    }
    const grouped = this.#all('grouped').map(({ value }) => (value as { n: number }).n)
    const expected = [0, 1, 2].flatMap((partition) => this.input(partition).filter(({ fate }) => fate !== 'skip'))
    expect([...new Set(grouped)].toSorted(byNumber)).toEqual(expected.map(({ n }) => n).toSorted(byNumber))
  }

  #expectPrefixOf(partition: number): void {
    const committed = this.#committed('numbers', partition)
    const done = this.input(partition).filter(({ offset }) => offset < committed)
    const results = this.#all('counted').filter(({ value }) => (value as Result).partition === partition)
    const counting = done.filter(({ fate }) => fate !== 'dead-letter')
    const numbers = (of: readonly { n: number }[]) => of.map(({ n }) => n).toSorted(byNumber)
    expect(numbers(results.map(({ value }) => value as Result))).toEqual(numbers(counting))
    this.#expectSerial(partition, results, counting)
    const letters = this.#all('app-dead-letter').filter(({ source }) => source === partition)
    expect(numbers(letters.map(({ value }) => value as Numbered))).toEqual(
      numbers(done.filter(({ fate }) => fate === 'dead-letter')),
    )
    this.#expectCopies('echoed', partition, counting)
    this.#expectCopies(
      'tallied',
      partition,
      done.filter(({ fate }) => fate !== 'skip'),
    )
    this.#expectAudits(partition, done)
  }

  /** The results of the handler are those of a serial execution in order per key, and so are the rows of its table. */
  #expectSerial(partition: number, results: readonly Read[], counting: readonly (Numbered & { key: string })[]): void {
    const rows = new Map<string, number>()
    const order = new Map<string, number[]>()
    for (const { key, value } of results) {
      const { n, count, total } = value as Result
      const totalKey = totalKeys[partition]!
      expect(total).toBe((rows.get(totalKey) ?? 0) + 1)
      expect(count).toBe((rows.get(key) ?? 0) + 1)
      rows.set(totalKey, total)
      if (this.#deletes && count === 3) rows.delete(key)
      else rows.set(key, count)
      order.set(key, [...(order.get(key) ?? []), n])
    }
    for (const key of recordKeys) {
      const sent = counting.filter((record) => record.key === key).map(({ n }) => n)
      expect(order.get(key) ?? []).toEqual(sent)
    }
    expect(this.fold('app-counts-changelog', partition)).toEqual(rows)
  }

  #expectCopies(topic: string, partition: number, counting: readonly (Numbered & { key: string })[]): void {
    const echoes = this.#all(topic).filter(({ value }) => (value as { partition: number }).partition === partition)
    for (const key of recordKeys) {
      const own = echoes.filter((record) => record.key === key).map(({ value }) => (value as { n: number }).n)
      expect(own).toEqual(counting.filter((record) => record.key === key).map(({ n }) => n))
    }
  }

  /** A loop works in the order of the log. */
  #expectAudits(partition: number, done: readonly Numbered[]): void {
    const audits = this.#all('audits')
      .map(({ value }) => value as { n: number; partition: number; sum: number })
      .filter((audit) => audit.partition === partition)
      .toSorted((a, b) => done.findIndex(({ n }) => n === a.n) - done.findIndex(({ n }) => n === b.n))
    let sum = 0
    const expected = done.map(({ n }) => ({ n, partition, sum: (sum += n) }))
    expect(audits).toEqual(expected)
    const rows = this.fold('app-sums-changelog', partition)
    expect(rows).toEqual(new Map(done.length === 0 ? [] : [[sumKeys[partition]!, sum]]))
  }

  /** Behind the repartition topic everything is counted once, too, as far as it is committed there. */
  #expectGroups(): void {
    const results = this.#all('grouped')
    for (let group = 0; group < groupCount; group++) {
      const own = results.filter(({ key }) => key === `group${group}`)
      expect(own.map(({ value }) => (value as { count: number }).count)).toEqual(own.map((_, index) => index + 1))
      for (const { value } of own) expect((value as { n: number }).n % groupCount).toBe(group)
    }
    const numbers = results.map(({ value }) => (value as { n: number }).n)
    expect(new Set(numbers).size).toBe(numbers.length)
    const rows = new Map([0, 1, 2].flatMap((partition) => [...this.fold('app-groups-changelog', partition)]))
    const counted = new Map<string, number>()
    for (const { key, value } of results) counted.set(key, (value as { count: number }).count)
    expect(rows).toEqual(counted)
  }

  /** The last value of every row of a changelog partition. */
  fold(changelog: string, partition: number): Map<string, number> {
    const rows = new Map<string, number>()
    if (!this.#log.topics().has(changelog)) return rows
    for (const { key, value } of this.#log.records(changelog, partition)) {
      if (value === null) rows.delete(text(key))
      else rows.set(text(key), json(value) as number)
    }
    return rows
  }

  /** All that a read-committed reader sees of a topic, each partition in its order. */
  all(topic: string): { readonly key: string; readonly value: unknown }[] {
    return this.#all(topic)
  }

  #all(topic: string): Read[] {
    const found: Read[] = []
    for (let partition = 0; partition < (this.#log.topics().get(topic) ?? 0); partition++) {
      for (const record of this.#log.records(topic, partition)) found.push(read(record))
    }
    return found
  }

  #committed(topic: string, partition: number): number {
    return this.#log.committedOffset('app', topic, partition) ?? 0
  }
}

interface Read {
  readonly key: string
  readonly value: unknown
  /** Partition of the record that became a dead letter. */
  readonly source: number
}

function read({ key, value, headers }: LogRecord): Read {
  const source = headers.find(([name]) => name === 'stream.error.source.partition')?.[1]
  return { key: text(key), value: json(value), source: source === undefined ? -1 : Number(text(source)) }
}

function text(bytes: Uint8Array | null): string {
  return Buffer.from(bytes!).toString()
}

function json(bytes: Uint8Array | null): unknown {
  return JSON.parse(text(bytes))
}

const byNumber = (a: number, b: number): number => a - b
