export { memory, memoryAdapter as default } from './memory.ts'
