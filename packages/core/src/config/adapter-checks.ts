import { StreamError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import { contractVersion, type Transport } from '../transport/index.ts'
import type { StoreAdapter, TransportAdapter } from './adapter-manifest.ts'
import type { AdapterKind } from './adapter-table.ts'

/** Every method a contract requires: an object without one of them is no adapter. */
const methods: Readonly<Record<AdapterKind, readonly string[]>> = {
  transport: ['open', 'group', 'reader', 'producer', 'committer', 'admin', 'close'],
  store: ['start', 'open', 'apply', 'close'],
}

/** The default export of an adapter package, checked. */
export function requireManifest(
  kind: AdapterKind,
  scheme: string,
  manifest: unknown,
  source: string,
): TransportAdapter | StoreAdapter {
  const fields = fieldsOf(manifest)
  if (typeof fields.contract === 'number') requireContract(kind, fields.contract, source)
  const wrong =
    manifest === undefined
      ? 'it has no default export'
      : fields.kind !== kind
        ? `its kind is ${String(fields.kind)}`
        : fields.scheme !== scheme
          ? `its scheme is ${String(fields.scheme)}`
          : typeof fields.contract !== 'number'
            ? 'it states no contract version'
            : typeof fields.fromUrl !== 'function'
              ? 'it has no fromUrl'
              : undefined
  if (wrong === undefined) return manifest as TransportAdapter | StoreAdapter
  throw new StreamError({
    code: 'STREAM_ADAPTER_INCOMPATIBLE',
    message: `${source} is no ${kind} adapter for ${scheme}:// (contract ${contractVersion}): ${wrong}; install a version made for this @stream/core`,
    place: { kind, scheme },
  })
}

/** A transport or store, checked: made by an adapter, and of a contract this core speaks. */
export function requireInstance(kind: AdapterKind, instance: unknown): Transport | Store {
  const fields = fieldsOf(instance)
  const missing = methods[kind].filter((method) => typeof fields[method] !== 'function')
  if (typeof fields.contract === 'number' && missing.length < methods[kind].length) {
    requireContract(kind, fields.contract, `the ${kind} ${String(fields.name)}`)
    if (missing.length === 0) return instance as Transport | Store
  }
  const example = kind === 'transport' ? "kafkajs({ brokers: ['localhost:9092'] })" : "rocksdb({ path: './state' })"
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `the option ${kind} got ${whatItIs(kind, instance, missing)}; give what an adapter makes, such as ${example}, or a string such as memory://`,
    place: { kind },
  })
}

function requireContract(kind: AdapterKind, contract: number, source: string): void {
  if (contract === contractVersion) return
  const remedy = contract > contractVersion ? 'install a newer @stream/core' : 'install a newer version of the adapter'
  throw new StreamError({
    code: 'STREAM_ADAPTER_INCOMPATIBLE',
    message: `${source} was written against contract ${contract}, and this @stream/core speaks contract ${contractVersion}; ${remedy}`,
    place: { kind, contract, contractVersion },
  })
}

function whatItIs(kind: AdapterKind, instance: unknown, missing: readonly string[]): string {
  if (typeof instance === 'function') return 'a function (was it meant to be called?)'
  if (typeof instance !== 'object' || instance === null) return String(instance === null ? null : typeof instance)
  if (typeof fieldsOf(instance).fromUrl === 'function') return 'the manifest of an adapter'
  if (missing.length < methods[kind].length) return `an object that lacks ${missing.join(', ') || 'contract'}`
  return 'an object that no adapter made'
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
