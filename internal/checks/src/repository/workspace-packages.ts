import type { Repository } from './repository.ts'

/** The part of a `package.json` that checks look at. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly license?: string
  readonly type?: string
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly publishConfig?: { readonly access?: string; readonly exports?: Manifest['exports'] }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** For example `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
  /** Whether it is published. */
  readonly isPublic: boolean
}

/** All packages of the workspace, by name. */
export function workspacePackages(repository: Repository): ReadonlyMap<string, WorkspacePackage> {
  const packages = new Map<string, WorkspacePackage>()
  for (const path of repository.files) {
    const folder = /^((?:packages|internal|examples)\/[^/]+|benchmarks)\/package\.json$/.exec(path)?.[1]
    if (folder === undefined) continue
    const manifest = JSON.parse(repository.read(path)) as Manifest
    packages.set(manifest.name, { folder, manifest, isPublic: manifest.private !== true })
  }
  return packages
}

/** The packages that are published. */
export function publicPackages(repository: Repository): readonly WorkspacePackage[] {
  return [...workspacePackages(repository).values()].filter((one) => one.isPublic)
}
