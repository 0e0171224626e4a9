import type { ByteRange, MaybePromise, Row, RowWrite, StorePartition } from '../../src/store/index.ts'

/** A store partition in memory, in byte order; with `isRemote` it answers later, with what it held when it was asked or when it answers. */
export class OrderedStore implements StorePartition {
  readonly id: { readonly table: string; readonly partition: number } = { table: 't', partition: 0 }
  readonly position: undefined
  readonly #rows = new Map<string, Row>()
  readonly #isRemote: boolean
  #answersOld = false

  constructor(isRemote: boolean) {
    this.#isRemote = isRemote
  }

  #answer<T>(read: () => T): MaybePromise<T> {
    if (!this.#isRemote) return read()
    this.#answersOld = !this.#answersOld
    if (!this.#answersOld) return Promise.resolve().then(read)
    const old = read()
    return Promise.resolve().then(() => old)
  }

  get(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    return this.#answer(() => this.#rows.get(idOf(key))?.[1])
  }

  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    return this.#answer(() => keys.map((key) => this.#rows.get(idOf(key))?.[1]))
  }

  range({ gte, lt, reverse }: ByteRange, limit: number): MaybePromise<readonly Row[]> {
    return this.#answer(() => {
      const rows = [...this.#rows.values()]
        .filter(([key]) => gte === undefined || Buffer.compare(key, gte) >= 0)
        .filter(([key]) => lt === undefined || Buffer.compare(key, lt) < 0)
        .sort(([a], [b]) => Buffer.compare(a, b))
      if (reverse === true) rows.reverse()
      return rows.slice(0, limit)
    })
  }

  count(): MaybePromise<{ readonly rows: number; readonly exact: boolean }> {
    return this.#answer(() => ({ rows: this.#rows.size, exact: this.#isRemote }))
  }

  write(rows: readonly RowWrite[]): void {
    for (const [key, value] of rows) {
      if (value === null) this.#rows.delete(idOf(key))
      else this.#rows.set(idOf(key), [key, value])
    }
  }

  async close(): Promise<void> {}
  async destroy(): Promise<void> {}
}

function idOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}
