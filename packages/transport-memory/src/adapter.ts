import { contractVersion, StreamError, type Transport, type TransportAdapter } from '@stream/core/adapter'
import { memory } from './memory.ts'

const known = ['snapshot', 'snapshotIntervalMs']

function invalid(message: string): StreamError {
  return new StreamError({ code: 'STREAM_CONFIG_INVALID', message })
}

function fromUrl(url: string): Transport {
  if (!URL.canParse(url)) throw invalid(`${JSON.stringify(url)} is no memory URL. Write memory:// or memory://<name>.`)
  const parsed = new URL(url)
  if (parsed.protocol !== 'memory:' || parsed.username !== '' || parsed.password !== '' || parsed.port !== '') {
    throw invalid('A memory URL has a name and nothing else before the query. Write memory:// or memory://<name>.')
  }
  if (parsed.pathname !== '' && parsed.pathname !== '/') {
    throw invalid(
      `A memory URL has no path, but this one has ${parsed.pathname}. Write memory://<name>?snapshot=<file>.`,
    )
  }
  for (const key of parsed.searchParams.keys()) {
    if (!known.includes(key)) throw invalid(`A memory URL has no option ${key}. It knows ${known.join(' and ')}.`)
  }
  const log = parsed.hostname === '' ? 'default' : parsed.hostname
  const path = parsed.searchParams.get('snapshot')
  const interval = parsed.searchParams.get('snapshotIntervalMs')
  if (path === null) {
    if (interval !== null) throw invalid('A memory URL has snapshotIntervalMs without snapshot. Add snapshot=<file>.')
    return memory({ log })
  }
  if (path === '') throw invalid('A memory URL has an empty snapshot. Write snapshot=<file>.')
  if (interval === null) return memory({ log, snapshot: { path } })
  const intervalMs = Number(interval)
  if (!Number.isInteger(intervalMs) || intervalMs < 1) {
    throw invalid(`snapshotIntervalMs of a memory URL is ${interval}. Write whole milliseconds, 1 or more.`)
  }
  return memory({ log, snapshot: { path, intervalMs } })
}

/** How `memory://`, `memory://name` and `memory://name?snapshot=path` become a transport. */
export const adapter: TransportAdapter = {
  kind: 'transport',
  scheme: 'memory',
  contract: contractVersion,
  fromUrl,
}
