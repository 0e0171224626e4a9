import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publicPackages, type Repository } from '../repository/index.ts'

/** A published package as a user would get it. */
export interface Tarball {
  /** For example `packages/core`. */
  readonly folder: string
  readonly name: string
  /** Absolute path of the `.tgz`. */
  readonly file: string
}

const packed = new WeakMap<Repository, Promise<readonly Tarball[]>>()

/** Packs every published package, once per repository, from what is built. */
export function tarballs(repository: Repository): Promise<readonly Tarball[]> {
  let all = packed.get(repository)
  if (all === undefined) packed.set(repository, (all = pack(repository)))
  return all
}

async function pack(repository: Repository): Promise<readonly Tarball[]> {
  const target = join(repository.root, '.cache', 'tarballs')
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const { packageManager } = JSON.parse(repository.read('package.json')) as { packageManager: string }
  const result: Tarball[] = []
  for (const { folder, manifest } of publicPackages(repository)) {
    const file = join(target, `${folder.replace('packages/', '')}.tgz`)
    await promisify(execFile)('npx', ['--yes', packageManager, 'pack', '--out', file], {
      cwd: join(repository.root, folder),
    })
    result.push({ folder, name: manifest.name, file })
  }
  return result
}
