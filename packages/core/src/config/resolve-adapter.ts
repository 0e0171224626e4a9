import { pathToFileURL } from 'node:url'
import { describeThrown, StreamError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import type { Transport } from '../transport/index.ts'
import { requireInstance, requireManifest } from './adapter-checks.ts'
import type { StoreAdapter, TransportAdapter } from './adapter-manifest.ts'
import { type AdapterKind, adapterTable } from './adapter-table.ts'
import { applicationDirectories, findApplicationPackage } from './application-package.ts'
import { didYouMean } from './nearest-name.ts'
import { credentialsOf, withoutCredentials } from './without-credentials.ts'
import { withoutSecrets } from './without-secrets.ts'

/** What {@link resolveAdapter} is asked for. */
export interface AdapterRequest<Kind extends AdapterKind, Instance> {
  readonly kind: Kind
  /** The adapter itself, or a string such as `kafkajs://localhost:9092`. */
  readonly value: Instance | string
  /** Adapters the app registers besides the library's own, for strings. @default [] */
  readonly adapters?: readonly (TransportAdapter | StoreAdapter)[]
  /** Where the application lives, for packages that a string names. @default the directory of the program, then the working directory */
  readonly appRoot?: string
}

/**
 * The adapter a configuration asks for. Only packages of a fixed table are ever imported, from the application's own dependencies;
 * nothing is installed. No error shows credentials.
 *
 * @throws STREAM_CONFIG_INVALID for what is no adapter and no adapter string, and for what the adapter refuses in the string
 * @throws STREAM_ADAPTER_UNKNOWN with the known schemes, the nearest one suggested
 * @throws STREAM_ADAPTER_MISSING with the install command
 * @throws STREAM_ADAPTER_INCOMPATIBLE with both contract versions
 */
export function resolveAdapter(request: AdapterRequest<'transport', Transport>): Promise<Transport>
export function resolveAdapter(request: AdapterRequest<'store', Store>): Promise<Store>
export async function resolveAdapter(
  request: AdapterRequest<'transport', Transport> | AdapterRequest<'store', Store>,
): Promise<Transport | Store> {
  const { kind, value, adapters = [], appRoot } = request
  if (typeof value !== 'string') return requireInstance(kind, value)

  const scheme = schemeOf(kind, value)
  const entry = adapterTable(kind, adapters).get(scheme)
  if (entry === undefined) throw unknownScheme(kind, scheme, adapters)
  const adapter =
    'adapter' in entry
      ? requireManifest(kind, scheme, entry.adapter, `the registered adapter ${scheme}`)
      : requireManifest(kind, scheme, await load(kind, entry.packageName, appRoot), entry.packageName)
  return requireInstance(kind, make(adapter, value))
}

/** Scheme and `://`; everything behind that is the adapter's to read. */
const grammar = /^([a-z][a-z0-9-]{1,31}):\/\/\P{Cc}*$/u

function schemeOf(kind: AdapterKind, value: string): string {
  const scheme = grammar.exec(value)?.[1]
  if (scheme !== undefined) return scheme
  const known = [...adapterTable(kind, []).keys()]
  const meant = /^[a-z0-9-]+$/i.test(value) ? didYouMean(value, known).replace('?)', '://?)') : ''
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `${JSON.stringify(withoutCredentials(value))} is no ${kind}${meant}; write <scheme>://<address>, such as ${kind === 'transport' ? 'kafkajs://localhost:9092' : 'rocksdb://./state'}, with the scheme in lower case`,
    place: { kind },
  })
}

function unknownScheme(
  kind: AdapterKind,
  scheme: string,
  adapters: readonly (TransportAdapter | StoreAdapter)[],
): StreamError {
  const known = [...adapterTable(kind, adapters).keys()].sort()
  const otherKind = kind === 'transport' ? 'store' : 'transport'
  const hint = adapterTable(otherKind, adapters).has(scheme)
    ? ` (${scheme} is a ${otherKind})`
    : didYouMean(scheme, known)
  return new StreamError({
    code: 'STREAM_ADAPTER_UNKNOWN',
    message: `no ${kind} has the scheme ${scheme}${hint}; known are ${known.join(', ')}, and those the app is given in its option adapters`,
    place: { kind, scheme, known },
  })
}

async function load(kind: AdapterKind, packageName: string, appRoot: string | undefined): Promise<unknown> {
  const directories = appRoot === undefined ? applicationDirectories() : [appRoot]
  const found = findApplicationPackage(packageName, directories)
  if (found.kind !== 'found') {
    const what =
      found.kind === 'not listed'
        ? `no package.json above ${found.from.join(' or ')} lists it`
        : 'it is listed in package.json and not installed'
    throw new StreamError({
      code: 'STREAM_ADAPTER_MISSING',
      message: `the ${kind} adapter ${packageName} is missing: ${what}; run ${found.install}`,
      place: { kind, packageName, install: found.install },
    })
  }
  try {
    const module = (await import(pathToFileURL(found.file).href)) as { readonly default?: unknown }
    return module.default
  } catch (cause) {
    throw new StreamError({
      code: 'STREAM_ADAPTER_MISSING',
      message: `the ${kind} adapter ${packageName} is installed and cannot be loaded: ${describeThrown(cause)}; what it needs may be missing or not built, install it again`,
      cause,
      place: { kind, packageName },
    })
  }
}

function make(adapter: TransportAdapter | StoreAdapter, value: string): Transport | Store {
  try {
    return adapter.fromUrl(value)
  } catch (thrown) {
    const error = StreamError.from(thrown, {
      code: 'STREAM_CONFIG_INVALID',
      message: `the ${adapter.kind} ${withoutCredentials(value)} cannot be made`,
      place: { kind: adapter.kind, scheme: adapter.scheme },
    })
    throw withoutSecrets(error, credentialsOf(value))
  }
}
