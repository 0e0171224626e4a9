import { writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

const markerFile = 'damaged.txt'

/** Remembers for the next start that files are damaged. At once: the process may be about to end. */
export function markDamaged(directory: string, why: string): void {
  writeFileSync(join(directory, markerFile), `${new Date().toISOString()} ${why}\n`)
}

/** What was remembered by {@link markDamaged}. */
export async function markedDamage(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, markerFile), 'utf8').catch(() => undefined)
  return text?.trim()
}

/**
 * Whether the database has lost the file that everything begins with. Asked before the engine opens it, which would begin anew without a word.
 */
export async function lacksBeginning(database: string): Promise<boolean> {
  const files = await readdir(database).catch((): string[] => [])
  return !files.includes('CURRENT') && files.some((file) => file.endsWith('.sst'))
}

/**
 * Whether more than one write-ahead log is alive. What reached the disk of one log is a prefix of it; what reached the disk of several, when
 * the machine went down, need not be one: the engine replays a later log without a word although an earlier one is empty.
 */
export async function hasSeveralLogs(database: string): Promise<boolean> {
  const files = await readdir(database).catch((): string[] => [])
  return files.filter((file) => file.endsWith('.log')).length > 1
}

/** What tells one database from another that is made later under the same name. */
export async function identityOf(database: string): Promise<number | undefined> {
  return (await stat(database).catch(() => undefined))?.ino
}

/**
 * Renames the database, forgets the mark, and leaves an empty place. Answers with the new name; undefined where the database is not the
 * one that was found damaged any more, because another process has just done the same.
 */
export async function setAside(
  directory: string,
  database: string,
  identity: number | undefined,
): Promise<string | undefined> {
  if ((await identityOf(database)) !== identity) return undefined
  const name = `${basename(database)}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  await rename(database, join(directory, name))
  await mkdir(database, { recursive: true })
  await rm(join(directory, markerFile), { force: true })
  return join(directory, name)
}
