import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'

/** Layout of the keys, and of the files around the database. */
const formatVersion = 1

interface Format {
  readonly store: string
  readonly format: number
  readonly app: string
}

/**
 * Makes the directory this app's, or finds that it is.
 *
 * @throws STREAM_STATE_INVALID where it belongs to another app, was written by another version of this store, or holds a strange database
 */
export async function claimDirectory(directory: string, appId: string): Promise<void> {
  const file = join(directory, 'stream-state.json')
  const found =
    (await read(file)) ?? (await create(directory, file, { store: 'rocksdb', format: formatVersion, app: appId }))
  if (found.store !== 'rocksdb' || found.format !== formatVersion) {
    const theirs = `${String(found.store)}, format ${String(found.format)}`
    throw refused(
      directory,
      `was written by another store or version (${theirs}; this one is rocksdb, format ${formatVersion})`,
      'Use the version that wrote it, or remove the directory: its tables are rebuilt from their changelogs',
    )
  }
  if (found.app !== appId) {
    throw refused(
      directory,
      `holds the state of app "${String(found.app)}", not of "${appId}"`,
      'Give every app a path of its own; where the app was renamed, remove the directory',
    )
  }
}

async function read(file: string): Promise<Format | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  // Empty where a process died between making the file and writing it.
  if (text === '') return undefined
  try {
    // Whatever it is, its fields are compared before they are believed.
    return Object(JSON.parse(text)) as Format
  } catch {
    return { store: 'unreadable', format: 0, app: '' }
  }
}

/** Never over a database that is not known to be ours, nor over the file of a process that was quicker. */
async function create(directory: string, file: string, format: Format): Promise<Format> {
  if ((await exists(join(directory, 'CURRENT'))) || (await exists(join(directory, 'rocksdb', 'CURRENT')))) {
    throw refused(
      directory,
      'holds a database, and nothing that tells whose it is',
      'Give rocksdb({ path }) a directory of its own',
    )
  }
  const text = `${JSON.stringify(format)}\n`
  if (await exists(file)) await writeFile(file, text)
  else await writeFile(file, text, { flag: 'wx' }).catch(ignoreExisting)
  return (await read(file)) ?? format
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

function refused(directory: string, what: string, remedy: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The state directory ${directory} ${what}. ${remedy}.`,
    place: { store: 'rocksdb', path: directory },
  })
}
