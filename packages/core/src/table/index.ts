export { declareExpiringTable } from './declare-expiring-table.ts'
export { connectGlobalTable, declareGlobalTable } from './declare-global-table.ts'
export { declareSetTable } from './declare-set-table.ts'
export { connectTable, declareTable } from './declare-table.ts'
export { declareTimestampedTable, declareVersionedTable } from './declare-timed-tables.ts'
export type { ExpiringKey, ExpiringValue } from './expiring-rows.ts'
export type {
  ExpiringTable,
  ExpiringTableHandle,
  ExpiringTableOptions,
  ExpiringTableOptionsWithDefault,
  TtlOptions,
  WriteOptions,
} from './expiring-table.ts'
export type { GlobalQuerySource } from './global-rows.ts'
export type { AnyGlobalTable, GlobalTable, GlobalTableOptions } from './global-table.ts'
export { isPromise } from './is-promise.ts'
export type { KeyRange, ScanOptions } from './key-range.ts'
export type { RowKey } from './row-key.ts'
export type { TableQuerySource } from './row-source.ts'
export type { SetHandle, SetReader, SetTable, SetTableOptions } from './set-table.ts'
export type { AnyTable, Table, TableOptions, TableOptionsWithDefault } from './table.ts'
export type { TableHandle, TableReader } from './table-handle.ts'
export { handlesForEvents, handlesForLoop, type TableHandles, type Tables } from './table-handles.ts'
export type { TableOfKind } from './table-kind.ts'
export type { EventHolder } from './table-scope.ts'
export type { TimedKey, TimedRow, TimeRange } from './timed-key.ts'
export type {
  Timed,
  TimedTableOptions,
  TimedWriteOptions,
  TimestampedHandle,
  TimestampedReader,
  TimestampedTable,
  TimestampedTableOptions,
  Version,
  VersionedHandle,
  VersionedReader,
  VersionedTable,
  VersionedTableOptions,
} from './timed-table.ts'
