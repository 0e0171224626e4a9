import { MemoryLog } from './memory-log.ts'

/** Apps of one process that name the same log share it; this is the only thing the package keeps outside of objects. */
const logs: Map<string, MemoryLog> = new Map()

/** The log of this name, made when it is first asked for. */
export function namedLog(name: string): MemoryLog {
  let log = logs.get(name)
  if (log === undefined) logs.set(name, (log = new MemoryLog()))
  return log
}
