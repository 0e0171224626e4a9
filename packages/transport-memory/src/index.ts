import { adapter } from './adapter.ts'

export default adapter
export { type Fault, type FaultAction, type FaultContext, type Seam, seams } from './faults.ts'
export { type MemoryOptions, memory } from './memory.ts'
export { MemoryLog, type MemoryLogOptions } from './memory-log.ts'
export { MemoryTransport } from './memory-transport.ts'
export type { SnapshotOptions } from './snapshot.ts'
