import { publicPackages, type Repository } from '../repository/index.ts'

/** A door of a published package. */
export interface PackageEntry {
  /** Folder in `packages/`. */
  readonly folder: string
  /** Path of its source. */
  readonly path: string
}

/** The sources behind the exports of every published package. */
export function packageEntries(repository: Repository): readonly PackageEntry[] {
  return publicPackages(repository).flatMap(({ folder, manifest }) =>
    Object.values(manifest.exports ?? {}).flatMap((conditions) => {
      const source = conditions['@stream/source']
      return source === undefined
        ? []
        : [{ folder: folder.replace('packages/', ''), path: `${folder}/${source.slice(2)}` }]
    }),
  )
}
