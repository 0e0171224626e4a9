/** What the sources of a package may import of this repository, and whether of others only an allow list. */
export interface PackageDirection {
  /** Specifiers of this repository, for example `@stream/core/adapter`. */
  readonly workspace: readonly string[]
  /** Packages of others; undefined: whatever its manifest declares. */
  readonly external?: readonly string[]
}

const adapter: PackageDirection = { workspace: ['@stream/core/adapter'] }

/** Directions of imports between packages; folders of `packages/` by name. */
const directions: Readonly<Record<string, PackageDirection>> = {
  core: { workspace: [], external: ['@standard-schema/spec', 'lru-cache'] },
  conformance: { workspace: ['@stream/core/adapter'], external: [] },
  testing: {
    workspace: ['@stream/core', '@stream/core/adapter', '@stream/store-memory', '@stream/transport-memory'],
    external: [],
  },
  web: { workspace: ['@stream/core'] },
  cli: { workspace: ['@stream/core'] },
}

/** The direction of a package in `packages/`; undefined where no rule is written down. */
export function packageDirection(folder: string): PackageDirection | undefined {
  return isAdapter(folder) ? adapter : directions[folder]
}

/** Whether a folder of `packages/` holds a transport or a store. */
export function isAdapter(folder: string): boolean {
  return /^(transport|store)-/.test(folder)
}
