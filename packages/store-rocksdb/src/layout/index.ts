export { firstKey, ReusedKey, rowKey, withoutPrefix } from './key-layout.ts'
export { PartitionBooks, removeRows } from './partition-books.ts'
