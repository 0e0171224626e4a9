import { invalidOption, type RocksdbOptions } from './rocksdb-options.ts'

/** Reads one query key of the URL into the options. */
const queryKeys: Readonly<Record<string, (text: string) => RocksdbOptions>> = {
  cacheBytes: (text) => ({ cacheBytes: bytes('cacheBytes', text) }),
  writeBufferBytes: (text) => ({ writeBufferBytes: bytes('writeBufferBytes', text) }),
  dropUnknownTables: (text) => ({ dropUnknownTables: bool('dropUnknownTables', text) }),
}

/**
 * `rocksdb://./state?cacheBytes=67108864`: behind the scheme stands the path as in a shell, relative to the working directory or, with a
 * third slash, absolute; `rocksdb://` alone takes the place of the setting `stateDir`. Throws `STREAM_CONFIG_INVALID`.
 */
export function optionsFromUrl(url: string): RocksdbOptions {
  const match = /^rocksdb:\/\/([^?#]*)(?:\?([^#]*))?$/.exec(url)
  if (match === null) throw invalidOption('url', 'must look like rocksdb://./state or rocksdb:///var/lib/app/state')
  const path = decoded(match[1] as string)
  let options: RocksdbOptions = path === '' ? {} : { path }
  const seen = new Set<string>()
  for (const [key, text] of new URLSearchParams(match[2] ?? '')) {
    const read = Object.hasOwn(queryKeys, key) ? queryKeys[key] : undefined
    if (read === undefined) {
      throw invalidOption(`url: the query key ${key}`, `is not known; known are ${Object.keys(queryKeys).join(', ')}`)
    }
    if (seen.has(key)) throw invalidOption(`url: the query key ${key}`, 'is there twice')
    seen.add(key)
    options = { ...options, ...read(text) }
  }
  return options
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalidOption('url', 'has a percent sign in its path that encodes nothing: write %25 for the sign itself')
  }
}

function bytes(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidOption(`url: ${name}`, 'must be a whole number of bytes')
  return Number(text)
}

function bool(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw invalidOption(`url: ${name}`, 'must be true or false')
  return text === 'true'
}
