import { StreamError } from '../errors/index.ts'
import type { StoreAdapter, TransportAdapter } from './adapter-manifest.ts'

/** What an adapter is for. */
export type AdapterKind = 'transport' | 'store'

/** The packages that strings may name. A name that is not in here is never imported. */
const firstParty: Readonly<Record<AdapterKind, Readonly<Record<string, string>>>> = {
  transport: {
    kafkajs: '@stream/transport-kafkajs',
    memory: '@stream/transport-memory',
    rdkafka: '@stream/transport-rdkafka',
  },
  store: {
    aerospike: '@stream/store-aerospike',
    memory: '@stream/store-memory',
    rocksdb: '@stream/store-rocksdb',
  },
}

/** Where the adapter of a scheme comes from: the app's own list, or a package. */
export type AdapterEntry = { readonly adapter: TransportAdapter | StoreAdapter } | { readonly packageName: string }

/**
 * The schemes of one kind that an app knows: those of the library, and those it was given. Given ones come first, so that a bundled program,
 * which has no packages to look up, can bring the library's own adapters along.
 *
 * @throws STREAM_CONFIG_INVALID where two given adapters claim one scheme
 */
export function adapterTable(
  kind: AdapterKind,
  adapters: readonly (TransportAdapter | StoreAdapter)[],
): ReadonlyMap<string, AdapterEntry> {
  const table = new Map<string, AdapterEntry>()
  for (const adapter of adapters) {
    if (!isManifest(adapter)) {
      throw new StreamError({
        code: 'STREAM_CONFIG_INVALID',
        message:
          'the option adapters holds something that is no adapter manifest; give the default exports of adapter packages',
      })
    }
    if (adapter.kind !== kind) continue
    if (table.has(adapter.scheme)) {
      throw new StreamError({
        code: 'STREAM_CONFIG_INVALID',
        message: `two ${kind} adapters claim the scheme ${adapter.scheme}; give each scheme to one adapter`,
        place: { scheme: adapter.scheme },
      })
    }
    table.set(adapter.scheme, { adapter })
  }
  for (const [scheme, packageName] of Object.entries(firstParty[kind])) {
    if (!table.has(scheme)) table.set(scheme, { packageName })
  }
  return table
}

function isManifest(adapter: unknown): boolean {
  if (typeof adapter !== 'object' || adapter === null) return false
  const { kind, scheme } = adapter as Record<string, unknown>
  return (kind === 'transport' || kind === 'store') && /^[a-z][a-z0-9-]{1,31}$/.test(String(scheme))
}
