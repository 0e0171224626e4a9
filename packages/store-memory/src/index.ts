export { memory, memoryAdapter as default } from './memory.ts'
export type { MemoryOptions, SnapshotOptions } from './memory-options.ts'
