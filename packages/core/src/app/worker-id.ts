import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StreamError } from '../errors/index.ts'
import type { Random } from '../service/index.ts'
import { lockWorker } from './worker-lock.ts'

/** How a worker is called among those of its app. */
export interface WorkerIdentity {
  readonly id: string
  /** It will have the same id after a restart, so it can keep its place in the group. */
  readonly isKept: boolean
  /** Frees the id for another process. */
  release(): Promise<void>
}

/** Where an identity comes from. */
export interface WorkerIdSources {
  readonly appId: string
  /** The setting; goes before everything else. */
  readonly workerId: string | undefined
  /** A directory that outlives the process; the id is kept there, and locked while the process lives. */
  readonly stateDir: string | undefined
  readonly random: Random
}

/**
 * The worker's id: the setting, else the one kept in the state directory (made at the first start), else a random one that ends with
 * the process.
 *
 * @throws STREAM_STATE_INVALID where another process uses the state directory for the same app (naming that process),
 * STREAM_CONFIG_INVALID where the directory cannot be used
 */
export async function workerIdentity(sources: WorkerIdSources): Promise<WorkerIdentity> {
  const { appId, workerId, stateDir, random } = sources
  if (workerId !== undefined) return { id: workerId, isKept: true, release: async () => undefined }
  if (stateDir === undefined) return { id: randomId(random), isKept: false, release: async () => undefined }
  const directory = resolve(stateDir)
  await usable(directory, () => mkdir(directory, { recursive: true }))
  const lock = await lockWorker(join(directory, `${appId}.lock`), `the state directory ${directory} of app ${appId}`)
  try {
    const id = await usable(directory, () => keptId(join(directory, `${appId}.worker-id`), random))
    return { id, isKept: true, release: () => lock.release() }
  } catch (thrown) {
    await lock.release()
    throw thrown
  }
}

async function keptId(file: string, random: Random): Promise<string> {
  const kept = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return ''
    throw thrown
  })
  if (kept.trim() !== '') return checkedId(kept.trim(), file)
  const id = randomId(random)
  // Moved into place whole: a crash in between must not leave half an id.
  await writeFile(`${file}.new`, `${id}\n`)
  await rename(`${file}.new`, file)
  return id
}

function checkedId(id: string, file: string): string {
  if (/^[A-Za-z0-9._-]{1,120}$/.test(id)) return id
  throw new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `the worker id in ${file} is not one; remove the file to get a new id, or set \`workerId\``,
  })
}

function randomId(random: Random): string {
  const part = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return `${part()}${part()}`
}

async function usable<T>(directory: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (thrown) {
    throw StreamError.from(thrown, {
      code: 'STREAM_CONFIG_INVALID',
      message: `the state directory ${directory} cannot be used; give a \`stateDir\` where this process may write, or a \`workerId\``,
    })
  }
}
