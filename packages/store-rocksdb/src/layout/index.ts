export { firstKey, ReusedKey, rowKey, withoutPrefix } from './key-layout.ts'
export { type KnownPartition, PartitionBooks, removeRows } from './partition-books.ts'
