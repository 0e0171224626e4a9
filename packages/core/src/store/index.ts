export type {
  ByteRange,
  MaybePromise,
  Row,
  RowWrite,
  Store,
  StoreContext,
  StorePartition,
  StorePartitionId,
  StorePosition,
  StoreSupports,
  StoreWrite,
} from './store.ts'
