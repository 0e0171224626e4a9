export { WireReader } from './wire-reader.ts'
export type { WireRequest } from './wire-request.ts'
export { WireWriter } from './wire-writer.ts'
