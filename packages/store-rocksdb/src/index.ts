export { rocksdb, rocksdbAdapter as default } from './rocksdb.ts'
export type { RocksdbOptions } from './rocksdb-options.ts'
