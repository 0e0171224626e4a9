export { FetchLoop } from './fetch-loop.ts'
export type { FetchLoopOptions } from './fetch-loop-options.ts'
export { FetchingReader } from './fetching-reader.ts'
