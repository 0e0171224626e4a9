import { readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'

/** Writes down who holds the directory. The lock itself is the engine's, and the system frees it with the process. */
export async function tellHolder(directory: string, appId: string): Promise<void> {
  const holder = { pid: process.pid, host: hostname(), app: appId, since: new Date().toISOString() }
  await writeFile(join(directory, 'holder.json'), `${JSON.stringify(holder)}\n`)
}

/** To be called while the lock is still held: a later holder writes a file of its own. */
export async function forgetHolder(directory: string): Promise<void> {
  await rm(join(directory, 'holder.json'), { force: true })
}

/** The error of who comes second. */
export async function heldError(directory: string, cause: unknown): Promise<StreamError> {
  const text = await readFile(join(directory, 'holder.json'), 'utf8').catch(() => '')
  const holder = describe(text)
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The state directory ${directory} is in use by ${holder}. Stop that one first, or give every worker a path of its own.`,
    cause,
    place: { store: 'rocksdb', path: directory, holder },
  })
}

function describe(text: string): string {
  try {
    const { pid, host, app, since } = JSON.parse(text) as Record<string, unknown>
    const who = pid === process.pid && host === hostname() ? 'this process' : `process ${String(pid)}`
    return `${who} on ${String(host)} (app "${String(app)}", since ${String(since)})`
  } catch {
    return 'a process that has only just started or is about to end'
  }
}
