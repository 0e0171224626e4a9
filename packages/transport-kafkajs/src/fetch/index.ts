export { FetchLoop, type FetchLoopOptions } from './fetch-loop.ts'
export { FetchingReader } from './fetching-reader.ts'
