export { positionBehind } from './batch-frame.ts'
export {
  type Codec,
  type CodecLookup,
  type Compression,
  compressBatch,
  decompressBatches,
  hasCompressed,
} from './compression.ts'
export { type AbortedTransaction, type DecodedRecords, decodeRecordSet, type RecordSet } from './record-decoder.ts'
export { type BatchIdentity, batchEnd, encodeBatch } from './record-encoder.ts'
