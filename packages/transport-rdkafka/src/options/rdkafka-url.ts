import { invalidOption } from './invalid-option.ts'
import type { Compression, RdkafkaOptions } from './rdkafka-options.ts'

/** Reads one query key of the URL into the options. */
const queryKeys: Readonly<Record<string, (text: string) => Partial<RdkafkaOptions>>> = {
  clientId: (text) => ({ clientId: text }),
  connectionTimeoutMs: (text) => ({ connectionTimeoutMs: int('connectionTimeoutMs', text) }),
  requestTimeoutMs: (text) => ({ requestTimeoutMs: int('requestTimeoutMs', text) }),
  // Checked where all options are.
  compression: (text) => ({ compression: text as Compression }),
  batchBytes: (text) => ({ batchBytes: int('batchBytes', text) }),
}

/**
 * `rdkafka://host:port,host2:port?clientId=name&compression=lz4`. A login does not belong into a URL, which ends up in logs: it is refused
 * without being repeated. Throws `STREAM_CONFIG_INVALID`.
 */
export function optionsFromUrl(url: string): RdkafkaOptions {
  const match = /^rdkafka:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/.exec(url)
  if (match === null) throw invalidOption('url', 'must look like rdkafka://host:port,host2:port?clientId=name')
  const brokers = (match[1] ?? '').split(',')
  if (match[1]?.includes('@'))
    throw invalidOption('url', 'must not hold a user or password: pass `properties` to rdkafka({...})')
  let options: RdkafkaOptions = { brokers }
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

function int(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidOption(`url: ${name}`, 'must be a positive integer')
  return Number(text)
}
