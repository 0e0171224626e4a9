import { readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StreamError } from '@stream/core/adapter'
import { bootOf } from './boot.ts'

/** Who holds a directory, as it is written there; whatever it is that was read. */
interface Holder {
  readonly pid?: unknown
  readonly host?: unknown
  readonly app?: unknown
  readonly since?: unknown
  readonly boot?: unknown
}

/** Writes down who holds the directory. The lock itself is the engine's, and the system frees it with the process. */
export async function tellHolder(directory: string, appId: string): Promise<void> {
  const since = new Date().toISOString()
  const holder: Holder = { pid: process.pid, host: hostname(), app: appId, since, boot: await bootOf() }
  await writeFile(fileIn(directory), `${JSON.stringify(holder)}\n`)
}

/** To be called while the lock is still held: a later holder writes a file of its own. */
export async function forgetHolder(directory: string): Promise<void> {
  await rm(fileIn(directory), { force: true })
}

/** Whether the last holder never left, and went down with the whole machine. */
export async function wentDownWithMachine(directory: string): Promise<boolean> {
  const holder = await readHolder(directory)
  return holder !== undefined && holder.boot !== (await bootOf())
}

/** The error of who comes second. */
export async function heldError(directory: string, cause: unknown): Promise<StreamError> {
  const holder = describe(await readHolder(directory))
  return new StreamError({
    code: 'STREAM_STATE_INVALID',
    message: `The state directory ${directory} is in use by ${holder}. Stop that one first, or give every worker a path of its own.`,
    cause,
    place: { store: 'rocksdb', path: directory, holder },
  })
}

async function readHolder(directory: string): Promise<Holder | undefined> {
  try {
    return Object(JSON.parse(await readFile(fileIn(directory), 'utf8'))) as Holder
  } catch {
    return undefined
  }
}

function describe(holder: Holder | undefined): string {
  if (holder === undefined) return 'a process that has only just started or is about to end'
  const { pid, host, app, since } = holder
  const who = pid === process.pid && host === hostname() ? 'this process' : `process ${String(pid)}`
  return `${who} on ${String(host)} (app "${String(app)}", since ${String(since)})`
}

function fileIn(directory: string): string {
  return join(directory, 'holder.json')
}
