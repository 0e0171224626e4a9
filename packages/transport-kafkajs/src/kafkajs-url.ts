import { invalidOption, type KafkajsOptions } from './kafkajs-options.ts'
import { type Compression, compressions } from './records/index.ts'

/** Reads one query key of the URL into the options. */
const queryKeys: Readonly<Record<string, (text: string) => Partial<KafkajsOptions>>> = {
  clientId: (text) => ({ clientId: text }),
  ssl: (text) => ({ ssl: bool('ssl', text) }),
  connectionTimeoutMs: (text) => ({ connectionTimeoutMs: int('connectionTimeoutMs', text) }),
  requestTimeoutMs: (text) => ({ requestTimeoutMs: int('requestTimeoutMs', text) }),
  compression: (text) => ({ compression: compression(text) }),
  batchBytes: (text) => ({ batchBytes: int('batchBytes', text) }),
  verifyChecksums: (text) => ({ verifyChecksums: bool('verifyChecksums', text) }),
}

/**
 * `kafkajs://host:port,host2:port?clientId=..&ssl=true`. A login does not belong into a URL, which ends up in logs: it is refused
 * without being repeated. Throws `STREAM_CONFIG_INVALID`.
 */
export function optionsFromUrl(url: string): KafkajsOptions {
  const match = /^kafkajs:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/.exec(url)
  if (match === null) throw invalidOption('url', 'must look like kafkajs://host:port,host2:port?clientId=name')
  const brokers = (match[1] ?? '').split(',')
  if (match[1]?.includes('@'))
    throw invalidOption('url', 'must not hold a user or password: pass `sasl` to kafkajs({...})')
  let options: KafkajsOptions = { brokers }
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

function bool(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw invalidOption(`url: ${name}`, 'must be true or false')
  return text === 'true'
}

function compression(text: string): Compression {
  const found = compressions.find((one) => one === text)
  if (found === undefined) throw invalidOption('url: compression', `must be one of ${compressions.join(', ')}`)
  return found
}
