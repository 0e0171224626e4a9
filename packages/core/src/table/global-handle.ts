import { StreamError } from '../errors/index.ts'
import type { GlobalTableDeclaration } from '../topology/index.ts'
import type { TableReader } from './table-handle.ts'

const writes = ['set', 'update', 'delete'] as const

/** What consumers get of a global table: its reader, which tells a program without types what to do instead of writing. */
export function globalHandle<K, V>(
  committed: TableReader<K, V>,
  { name, topic }: GlobalTableDeclaration<K, V>,
): TableReader<K, V> {
  const handle: TableReader<K, V> = {
    get: (key) => committed.get(key),
    getMany: (keys) => committed.getMany(keys),
    has: (key) => committed.has(key),
    range: (range) => committed.range(range),
    prefix: (prefix, options) => committed.prefix(prefix, options),
    entries: () => committed.entries(),
    keys: () => committed.keys(),
    count: () => committed.count(),
    approximateCount: () => committed.approximateCount(),
  }
  for (const method of writes) {
    Object.defineProperty(handle, method, {
      value: () => {
        throw readOnly(name, topic.name, method)
      },
    })
  }
  return Object.freeze(handle)
}

function readOnly(table: string, topic: string, method: (typeof writes)[number]): StreamError {
  return new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `${method}() was called on the global table "${table}", which is read-only; send a record to its topic "${topic}" (event.send(), with the topic among the consumer's outputs), and every worker gets the row`,
    place: { table, topic },
  })
}
