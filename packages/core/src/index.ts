export { StreamError } from './errors/index.ts'
