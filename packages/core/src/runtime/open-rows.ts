import type { Clock } from '../service/index.ts'
import type { Store, StorePartition } from '../store/index.ts'
import type { Reader, TopicPartition } from '../transport/index.ts'
import type { EngineOptions } from './engine.ts'

/** Kafka's own default of `delete.retention.ms`. */
const defaultDeleteRetentionMs = 24 * 60 * 60 * 1000

/** What opening rows needs. */
export interface OpenRowsOptions {
  readonly store: Store
  readonly changelog: TopicPartition
  readonly reader: Reader
  /** What the store knows the rows by. @default the changelog's name */
  readonly storedAs?: string
  readonly clock: Clock
  /** How long the changelog keeps tombstones; undefined: cannot be told, Kafka's default is assumed. */
  readonly deleteRetentionMs: number | undefined
  readonly log: EngineOptions['log']
}

/**
 * Opens a store partition, and starts it over where what it holds cannot be trusted: it is older than tombstones are kept, or its position
 * lies outside the changelog, which then is another log than the one it was filled from.
 */
export async function openRows(options: OpenRowsOptions): Promise<StorePartition> {
  const { store, changelog } = options
  const id = { table: options.storedAs ?? changelog.topic, partition: changelog.partition }
  const rows = await store.open(id)
  const position = rows.position
  if (position === undefined) return rows
  let reason: string | undefined
  try {
    reason = await distrust(position, options)
  } catch (error) {
    await rows.close()
    throw error
  }
  if (reason === undefined) return rows
  options.log(
    'warn',
    `State of ${changelog.topic}-${changelog.partition} is dropped and rebuilt from its changelog: ${reason}`,
  )
  await rows.destroy()
  return store.open(id)
}

async function distrust(
  position: { readonly changelogOffset: number; readonly writtenAtMs: number },
  { changelog, reader, clock, deleteRetentionMs }: OpenRowsOptions,
): Promise<string | undefined> {
  const ageMs = clock.now() - position.writtenAtMs
  // Half of it: beyond the whole, tombstones may be gone, and deleted keys would rise again.
  if (ageMs > (deleteRetentionMs ?? defaultDeleteRetentionMs) / 2)
    return `it was written ${Math.round(ageMs / 60_000)} minutes ago, and deletions may have been compacted away since`
  const [end] = await reader.endOffsets([changelog], 'read_uncommitted')
  const [start] = await reader.startOffsets([changelog])
  if (end !== undefined && position.changelogOffset > end.offset) {
    return `its position ${position.changelogOffset} is beyond the log end ${end.offset}`
  }
  if (start !== undefined && position.changelogOffset < start.offset) {
    return `its position ${position.changelogOffset} is before the log start ${start.offset}`
  }
  return undefined
}
