import { readFile } from 'node:fs/promises'
import { uptime } from 'node:os'

const roundingMs = 10 * 60_000

/**
 * What tells this run of the machine from earlier ones: the kernel's own mark, or the time it came up, in steps, where it has none. A step
 * that is crossed by chance looks like a restart, which costs a rebuilt table and loses nothing.
 */
export async function bootOf(): Promise<string> {
  const mark = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  if (mark !== '') return mark.trim()
  return `up since ${Math.round((Date.now() - uptime() * 1000) / roundingMs)}`
}
