export { errorCodes, type StreamErrorCode } from './codes.ts'
export { describeThrown, type ErrorPlace, StreamError, type StreamErrorOptions } from './stream-error.ts'
