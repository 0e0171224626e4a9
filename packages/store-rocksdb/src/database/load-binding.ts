import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describeThrown, StreamError } from '@stream/core/adapter'
import type { Binding } from './binding.ts'

const packageName = '@nxtedition/rocksdb'
const platforms = 'Linux on x64 (glibc 2.34 or newer, a CPU with AVX2) and macOS on arm64'
const remedy = `Its binaries are for ${platforms}. Run there, or choose another store, such as memory://`
/** Without one of these the binary would end the process by an illegal instruction, and nobody could say why. */
const cpuFlags = ['avx2', 'bmi2', 'fma']
const functions: readonly (keyof Binding)[] = [
  'db_init',
  'db_open',
  'db_close',
  'db_get_many_sync',
  'db_query',
  'db_clear',
  'iterator_init',
  'iterator_nextv',
  'iterator_close',
  'batch_init',
  'batch_put',
  'batch_del',
  'batch_clear',
  'batch_write',
]

/**
 * The native module: a prebuilt binary, loaded when the first store starts, never compiled.
 *
 * @throws STREAM_ADAPTER_MISSING where there is no binary for this machine, or where it is none of ours
 */
export function loadBinding(): Binding {
  const lacking = lackingCpuFlag()
  if (lacking !== undefined) throw unusable(`this CPU lacks ${lacking}`)
  let binding: Binding
  try {
    // It has no types. Not the door of the package, whose classes keep reads and batches behind encodings and events.
    binding = createRequire(import.meta.url)(`${packageName}/binding.js`) as Binding
  } catch (cause) {
    throw unusable(firstLine(describeThrown(cause)), cause)
  }
  const missing = functions.filter((name) => typeof binding[name] !== 'function')
  if (missing.length > 0) throw unusable(`its version differs from what this store was made for: no ${missing[0]}`)
  return binding
}

function lackingCpuFlag(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(/\s+/)
    return flags === undefined ? undefined : cpuFlags.find((flag) => !flags.includes(flag))
  } catch {
    return undefined
  }
}

function unusable(why: string, cause?: unknown): StreamError {
  const machine = `${process.platform}-${process.arch}`
  return new StreamError({
    code: 'STREAM_ADAPTER_MISSING',
    message: `The store rocksdb cannot run on this machine (${machine}, Node ${process.versions.node}): ${packageName} does not load: ${why}. ${remedy}.`,
    cause,
    place: { kind: 'store', packageName, platform: process.platform, arch: process.arch },
  })
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string
}
