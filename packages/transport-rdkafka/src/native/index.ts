export { called, failureOf, turnsOfTheLoop } from './called.ts'
export type {
  ClientFailure,
  ClientLibrary,
  ClusterMetadata,
  ConsumerProperties,
  NativeAdmin,
  NativeConsumer,
  NativeHandle,
  NativeHeader,
  NativeMessage,
  NativePosition,
  NativeProducer,
  Properties,
} from './client-library.ts'
export { clientError, codes, codesByText, isFencing, isMissing, isRecordRefused, isTemporary } from './codes.ts'
export { connect, connectError, forwardLog, type LogLine } from './connect.ts'
export { loadClient } from './load-client.ts'
