import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store, StoreContext, StorePartition } from '@stream/core/adapter'
import { memory } from '@stream/store-memory'
import { onTestFinished } from 'vitest'

/** A directory that goes with the test. */
export function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'stream-memory-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** What a process that is killed now would leave behind; sockets of the dead are not copied. */
export function imageOf(path: string): string {
  const image = directory()
  cpSync(path, image, { recursive: true, filter: (name) => !/lock-[^/]*$/.test(name) })
  return image
}

/** The files of snapshots in the directory. */
export function snapshotsIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.snapshot'))
    .map((name) => join(path, name))
}

export interface Started {
  readonly store: Store
  readonly lines: string[]
  readonly open: () => Promise<StorePartition>
}

/** A store in the directory, started, closed with the test. */
export async function started(
  path: string,
  options: { readonly intervalMs?: number; readonly context?: Partial<StoreContext> } = {},
): Promise<Started> {
  const lines: string[] = []
  const store = memory({ snapshot: { path, intervalMs: options.intervalMs ?? 1e9 } })
  onTestFinished(() => store.close())
  const log = (level: string, message: string): void => void lines.push(`${level} ${message}`)
  await store.start({ appId: 'app', log, ...options.context })
  return { store, lines, open: () => store.open({ table: 't', partition: 0 }) }
}
