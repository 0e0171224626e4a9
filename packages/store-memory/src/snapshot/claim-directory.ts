import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'

/** Of the directory; the files have versions of their own. */
const layoutVersion = 1

interface Layout {
  readonly store: string
  readonly format: number
  readonly app: string
}

/**
 * Makes the directory this app's, or finds that it is. To be called under the lock.
 *
 * @throws STREAM_STATE_INVALID where it belongs to another app, another store, or another version of this one
 */
export async function claimDirectory(path: string, appId: string): Promise<void> {
  const file = join(path, 'stream-state.json')
  const found = await read(file)
  if (found === undefined) {
    const layout: Layout = { store: 'memory', format: layoutVersion, app: appId }
    await writeFile(file, `${JSON.stringify(layout)}\n`)
    return
  }
  if (found.store !== 'memory' || found.format !== layoutVersion) {
    const theirs = `${String(found.store)}, format ${String(found.format)}`
    throw refused(
      path,
      `was written by another store or version (${theirs}; this one is memory, format ${layoutVersion})`,
      'Use the one that wrote it, or remove the directory: its tables are rebuilt from their changelogs',
    )
  }
  if (found.app !== appId) throw otherApp(path, String(found.app), appId)
}

/** The error about state of another app. */
export function otherApp(path: string, found: string, appId: string): StreamError {
  return refused(
    path,
    `holds the state of app "${found}", not of "${appId}"`,
    'Give every app a path of its own; where the app was renamed, remove the directory',
  )
}

async function read(file: string): Promise<Layout | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  // Empty where a process died between making the file and writing it.
  if (text === '') return undefined
  try {
    // Whatever it is, its fields are compared before they are believed.
    return Object(JSON.parse(text)) as Layout
  } catch {
    return { store: 'unreadable', format: 0, app: '' }
  }
}

function refused(path: string, what: string, remedy: string): StreamError {
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The state directory ${path} ${what}. ${remedy}.`,
    place: { store: 'memory', path },
  })
}
