import type { LogRecord, Store, StorePartition, StoreWrite } from '@stream/core/adapter'
import { memory as memoryStore } from '@stream/store-memory'
import type { MemoryLog } from '@stream/transport-memory'

/**
 * A store that survives its worker, and holds every write against the changelog: a local store is never ahead of what the broker has
 * committed, and holds at least what its position says.
 */
export class JudgedStore implements Store {
  readonly contract: number
  readonly name = 'judged'
  readonly supports: { readonly persistent: true; readonly ordered: true; readonly shared: false } = {
    persistent: true,
    ordered: true,
    shared: false,
  }
  readonly #log: MemoryLog
  readonly #inner: Store = memoryStore()
  readonly #violations: string[]

  constructor(log: MemoryLog, violations: string[]) {
    this.#log = log
    this.#violations = violations
    this.contract = this.#inner.contract
  }

  start(context: Parameters<Store['start']>[0]): Promise<void> {
    return this.#inner.start(context)
  }

  open(id: Parameters<Store['open']>[0]): Promise<StorePartition> {
    return this.#inner.open(id)
  }

  async apply(writes: readonly StoreWrite[]): Promise<void> {
    await this.#inner.apply(writes)
    for (const write of writes) await this.#judge(write)
  }

  /** Its rows outlive the worker. */
  async close(): Promise<void> {}

  async #judge({ partition, position }: StoreWrite): Promise<void> {
    const { table, partition: number } = partition.id
    const { stable, end } = this.#log.offsets(table, number)
    const committed = this.#log.records(table, number)
    // Markers may lag behind the decision, so what lies behind the stable offset may be committed already.
    const decided = this.#log.records(table, number, 'read_uncommitted').filter(({ offset }) => offset >= stable)
    const where = `store of ${table}-${number} at position ${position.changelogOffset}`
    if (position.changelogOffset > end) this.#violations.push(`${where} is beyond the log end ${end}`)
    const rows = new Map((await partition.range!({}, 1_000_000)).map(([key, value]) => [text(key), text(value)]))
    const known = new Map<string, string[]>()
    for (const { key, value } of [...committed, ...decided]) {
      const id = text(key!)
      known.set(id, [...(known.get(id) ?? []), value === null ? '(deleted)' : text(value)])
    }
    for (const [key, value] of rows) {
      if (known.get(key)?.includes(value) !== true)
        this.#violations.push(`${where} holds ${key}=${value}, never committed`)
    }
    for (const [key, least] of fold(committed, position.changelogOffset)) {
      const actual = rows.get(key) ?? '(deleted)'
      const values = known.get(key) ?? []
      if (values.lastIndexOf(actual) < values.indexOf(least)) {
        this.#violations.push(`${where} holds ${key}=${actual}, the changelog below it ${least}`)
      }
    }
  }
}

function fold(records: readonly LogRecord[], below: number): Map<string, string> {
  const rows = new Map<string, string>()
  for (const { offset, key, value } of records) {
    if (offset < below) rows.set(text(key!), value === null ? '(deleted)' : text(value))
  }
  return rows
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
