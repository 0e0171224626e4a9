import { StreamError } from '../errors/index.ts'
import type { ByteRange, MaybePromise, Row } from '../store/index.ts'
import type { Entry } from './entry.ts'
import { separateBytes } from './separate-bytes.ts'
import type { TablePartition } from './table-partition.ts'

/** Whose eyes a scan has: what is laid over the rows of the store. */
export interface ScanView {
  /** Rows that are not in the store yet, in the order of the range; where two know a key, the later one is right. */
  staged(range: ByteRange): readonly Iterator<Entry, void>[]
  /** Told of each staged row that decided what the scan answers. */
  met(entry: Entry): void
  /** The scan has come as far as this key; undefined: to the end of its range. */
  reached(last: Uint8Array | undefined): void
  close(): void
}

/** A row as it was found: written and not in the store yet, or as the store has it. */
type Found = Entry | Row

/** Rows asked of the store in one go, where those before were hidden by staged ones. */
const refillRows = 64

/**
 * Rows of one table partition in byte order of their keys, a batch at a time: what lies over the store is merged with what it holds, at the
 * cost of the rows in the range. Each batch sees the rows as they are when it is read, unless the view holds them.
 */
export class RowScan {
  readonly #rows: TablePartition
  readonly #view: ScanView
  readonly #range: NonNullable<TablePartition['store']['range']>
  #rest: ByteRange
  #isDone = false

  constructor(rows: TablePartition, range: ByteRange, view: ScanView) {
    const { store } = rows
    if (store.range === undefined) throw unordered(rows)
    this.#rows = rows
    this.#view = view
    this.#range = store.range.bind(store)
    this.#rest = range
  }

  /** At most `limit` rows, decoded; fewer are the last ones. */
  next(limit: number): MaybePromise<readonly (readonly [Uint8Array, unknown])[]> {
    const found = this.#find([], limit)
    return found instanceof Promise ? found.then((rows) => this.#decoded(rows)) : this.#decoded(found)
  }

  /** Steps over at most `limit` rows and answers how many there were; fewer were the last ones. */
  skip(limit: number): MaybePromise<number> {
    const found = this.#find([], limit)
    return found instanceof Promise ? found.then((rows) => rows.length) : found.length
  }

  close(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#view.close()
  }

  #decoded(found: readonly Found[]): readonly (readonly [Uint8Array, unknown])[] {
    return found.map((row) => {
      if (isStored(row)) return [row[0], this.#rows.decode(row[1], row[0])]
      // Rows from before a cut are kept as bytes.
      return [
        row.keyBytes,
        row.value === undefined ? this.#rows.decode(row.bytes!, row.keyBytes) : separateBytes(row.value),
      ]
    })
  }

  #find(into: Found[], limit: number): MaybePromise<Found[]> {
    while (!this.#isDone && into.length < limit) {
      const wanted = into.length === 0 ? limit : Math.max(limit - into.length, refillRows)
      const { epoch } = this.#rows
      const page = this.#range(this.#rest, wanted)
      if (page instanceof Promise) {
        // Until it is here, whatever is written into the rest of the range may be missing in it.
        this.#view.reached(undefined)
        return page.then((rows) => {
          // Rows that lay over the store went into it meanwhile, perhaps after it had answered.
          if (epoch === this.#rows.epoch) this.#merge(rows, rows.length < wanted, into, limit)
          return this.#find(into, limit)
        })
      }
      this.#merge(page, page.length < wanted, into, limit)
    }
    return into
  }

  /** Takes the rows up to the end of the page, or as many as are wanted. */
  #merge(page: readonly Row[], isLastPage: boolean, into: Found[], limit: number): void {
    const staged = this.#view.staged(this.#rest)
    const heads = staged.map((source) => source.next().value)
    const sign = this.#rest.reverse === true ? -1 : 1
    const isBefore = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) * sign < 0
    let at = 0
    let last: Uint8Array | undefined
    for (;;) {
      let entry: Entry | undefined
      for (const head of heads) {
        if (head !== undefined && (entry === undefined || !isBefore(entry.keyBytes, head.keyBytes))) entry = head
      }
      const row = page[at]
      if (row === undefined && !isLastPage) break
      if (entry === undefined && row === undefined) {
        this.#end()
        return
      }
      if (entry === undefined || (row !== undefined && isBefore(row[0], entry.keyBytes))) {
        into.push(row!)
        last = row![0]
        at++
      } else {
        last = entry.keyBytes
        if (row !== undefined && Buffer.compare(row[0], last) === 0) at++
        this.#view.met(entry)
        if (entry.bytes !== null) into.push(entry)
        for (let i = 0; i < heads.length; i++) {
          const head = heads[i]
          if (head !== undefined && Buffer.compare(head.keyBytes, last) === 0) heads[i] = staged[i]!.next().value
        }
      }
      if (into.length === limit) break
    }
    if (last === undefined) return
    this.#rest = restAfter(this.#rest, last)
    this.#view.reached(last)
  }

  #end(): void {
    this.#view.reached(undefined)
    this.close()
  }
}

function isStored(row: Found): row is Row {
  return Array.isArray(row)
}

/** What is left of a range behind a key. */
function restAfter(range: ByteRange, last: Uint8Array): ByteRange {
  if (range.reverse === true) return { ...range, lt: last }
  const gte = new Uint8Array(last.length + 1)
  gte.set(last)
  return { ...range, gte }
}

/** The error for what needs an order that the store does not keep. */
export function unordered(rows: TablePartition): StreamError {
  return new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `Table "${rows.table.name}" cannot be iterated: its store keeps no order. Use an ordered store for this table`,
    place: { table: rows.table.name },
  })
}
