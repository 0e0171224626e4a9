export { StateDirectory, type StateDirectoryOptions } from './state-directory.ts'
