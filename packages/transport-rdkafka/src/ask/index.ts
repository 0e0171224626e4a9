export { missing, type Watermarks } from './asking-client.ts'
export { Edges } from './edges.ts'
