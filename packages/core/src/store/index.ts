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
  StoreTable,
  StoreWrite,
} from './store.ts'
