// #region store
import {
  contractVersion,
  type Store,
  type StorePartition,
  type StorePartitionId,
  type StorePosition,
  StreamError,
} from '@stream/core/adapter'

const supports = Object.freeze({ persistent: false, ordered: false, shared: false })

class MapPartition implements StorePartition {
  readonly id: StorePartitionId
  position: StorePosition | undefined
  readonly #open: Map<string, MapPartition>
  #rows: Map<string, Uint8Array> | undefined = new Map()

  constructor(id: StorePartitionId, open: Map<string, MapPartition>) {
    this.id = id
    this.#open = open
    open.set(nameOf(id), this)
  }

  get rows(): Map<string, Uint8Array> {
    if (this.#rows === undefined) throw refused('STREAM_CLOSED', this.id, 'is closed; open it again')
    return this.#rows
  }

  get(key: Uint8Array) {
    // A copy: what is handed out belongs to whoever asked.
    return this.rows.get(hex(key))?.slice()
  }

  getMany(keys: readonly Uint8Array[]) {
    return keys.map((key) => this.get(key))
  }

  count() {
    return { rows: this.rows.size, exact: true }
  }

  async close() {
    this.#rows = undefined
    if (this.#open.get(nameOf(this.id)) === this) this.#open.delete(nameOf(this.id))
  }

  async destroy() {
    await this.close()
  }
}

/** Keeps rows in Maps, as long as their partition is open: a worker that opens it next recovers them from the changelog. */
export function mapStore(): Store {
  const open = new Map<string, MapPartition>()
  let isClosed = false
  return {
    contract: contractVersion,
    name: 'map',
    supports,
    async start() {},
    async open(id) {
      if (isClosed) throw refused('STREAM_CLOSED', id, 'belongs to a store that is closed; make a new one')
      if (open.has(nameOf(id))) throw refused('STREAM_STATE_INVALID', id, 'is open already; close it first')
      return new MapPartition(id, open)
    },
    // Looked at as a whole before the first row is written; and nothing waits in between, so rows and position change in one step.
    apply(writes) {
      const partitions = writes.map(({ partition }) => {
        const own = open.get(nameOf(partition.id))
        if (own !== partition) throw refused('STREAM_CLOSED', partition.id, 'is not open here; open it again')
        return own
      })
      for (const [index, { rows, position }] of writes.entries()) {
        const own = partitions[index]!
        for (const [key, value] of rows) {
          if (value === null) own.rows.delete(hex(key))
          else own.rows.set(hex(key), value.slice())
        }
        own.position = position
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...open.values()].map((partition) => partition.close()))
    },
  }
}

function refused(code: 'STREAM_CLOSED' | 'STREAM_STATE_INVALID', { table, partition }: StorePartitionId, why: string) {
  return new StreamError({ code, message: `Partition ${partition} of ${table} ${why}.`, place: { table, partition } })
}

function nameOf({ table, partition }: StorePartitionId): string {
  return `${table}/${partition}`
}

function hex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex')
}
// #endregion store
