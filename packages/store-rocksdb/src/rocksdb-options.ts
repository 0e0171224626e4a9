import { StreamError } from '@stream/core/adapter'

/** What {@link rocksdb} takes; all of it is optional. */
export interface RocksdbOptions {
  /**
   * Directory of this worker's state; made where it is missing. Every worker needs one of its own.
   * @default `<app id>.rocksdb` in the directory of the setting `stateDir`
   */
  readonly path?: string
  /** Bound of the cache of blocks read from disk, their indexes and filters included, for all tables together. @default 64 MiB */
  readonly cacheBytes?: number
  /** Bound of all write buffers, for all tables together. Larger ones mean fewer, larger files. @default 64 MiB */
  readonly writeBufferBytes?: number
  /** At start, removes the rows of tables that the app does not have any more; they are only reported otherwise. @default false */
  readonly dropUnknownTables?: boolean
}

/** Options with their defaults; the path may come from the app's settings. */
export interface SettledOptions extends Required<Omit<RocksdbOptions, 'path'>> {
  readonly path: string | undefined
}

const mebibyte = 1024 * 1024
/** The engine takes the size of its cache as 32 bits. */
const mostBytes = 2 ** 32 - 1
const leastCacheBytes = mebibyte
/** A quarter of a smaller one would be less than a large row. */
const leastWriteBufferBytes = 4 * mebibyte

const known: readonly string[] = ['path', 'cacheBytes', 'writeBufferBytes', 'dropUnknownTables']

/** Checks the options and fills in defaults. Throws `STREAM_CONFIG_INVALID`. */
export function settleOptions(options: RocksdbOptions): SettledOptions {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalidOption(name, `is not known; known are ${known.join(', ')}`)
  }
  const { path, cacheBytes = 64 * mebibyte, writeBufferBytes = 64 * mebibyte, dropUnknownTables = false } = options
  if (path !== undefined && (typeof path !== 'string' || path === '')) {
    throw invalidOption('path', 'must be the name of a directory')
  }
  requireBytes('cacheBytes', cacheBytes, leastCacheBytes)
  requireBytes('writeBufferBytes', writeBufferBytes, leastWriteBufferBytes)
  if (typeof dropUnknownTables !== 'boolean') throw invalidOption('dropUnknownTables', 'must be true or false')
  return { path, cacheBytes, writeBufferBytes, dropUnknownTables }
}

/** The error about an option. */
export function invalidOption(name: string, requirement: string): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `rocksdb: ${name} ${requirement}.`,
    place: { store: 'rocksdb', option: name },
  })
}

function requireBytes(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= mostBytes) return
  throw invalidOption(name, `must be a whole number of bytes from ${least} to ${mostBytes}`)
}
