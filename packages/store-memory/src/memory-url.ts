import { invalidOption, type MemoryOptions } from './memory-options.ts'

/**
 * `memory://` keeps nothing on disk. `memory://./state` writes snapshots there: the path stands as in a shell, relative to the working
 * directory with a leading dot, or, with a third slash, absolute. `?snapshotIntervalMs=60000` says how often; with it and without a path
 * the place is that of the setting `stateDir`. Throws `STREAM_CONFIG_INVALID`.
 */
export function optionsFromUrl(url: string): MemoryOptions {
  const match = /^memory:(?:\/\/((?:\.{0,2}\/[^?#]*)?)(?:\?([^#]*))?)?$/.exec(url)
  if (match === null) {
    throw invalidOption(
      'url',
      'must be memory:// with nothing behind it, or with the directory of its snapshots: memory://./state or memory:///var/lib/app/state',
    )
  }
  const path = decoded(match[1] ?? '')
  const query = new URLSearchParams(match[2] ?? '')
  for (const key of query.keys()) {
    if (key !== 'snapshotIntervalMs') {
      throw invalidOption(`url: the query key ${key}`, 'is not known; known is snapshotIntervalMs')
    }
  }
  const intervals = query.getAll('snapshotIntervalMs')
  if (intervals.length > 1) throw invalidOption('url: the query key snapshotIntervalMs', 'is there twice')
  if (path === '' && intervals.length === 0) return {}
  const [interval] = intervals
  return {
    snapshot: {
      ...(path !== '' && { path }),
      ...(interval !== undefined && { intervalMs: milliseconds(interval) }),
    },
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalidOption('url', 'has a percent sign in its path that encodes nothing: write %25 for the sign itself')
  }
}

function milliseconds(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw invalidOption('url: snapshotIntervalMs', 'must be a whole number of milliseconds')
  return Number(text)
}
