import type {
  ConsumedEvent,
  CutEndEvent,
  CutStartEvent,
  CutStepEvent,
  ErrorEvent,
  LagEvent,
  ProcessedEvent,
  ProducedEvent,
  RebalanceEvent,
  RecordProcessedEvent,
  RecoveryEvent,
  TableReadEvent,
  TableWriteEvent,
} from './sensor-events.ts'

/**
 * Watches an app at its seams: metrics, tracing, tests. Every hook is optional, and costs nothing where no sensor has it. Hooks are called
 * synchronously, in the order in which things happen, and hold up the work while they run. They cannot change what happens: what they
 * throw (or reject with) is reported once and goes no further.
 */
export interface Sensor {
  /** Names the sensor in reports of its failures. @default `sensor <number>` */
  readonly name?: string
  /** A batch arrived. */
  onConsumed?(event: ConsumedEvent): void
  /** A task is done with some records; told per batch where code is synchronous. */
  onProcessed?(event: ProcessedEvent): void
  /** One record is done. The only hook that costs something for every record: leave it out unless single records matter. */
  onRecordProcessed?(event: RecordProcessedEvent): void
  /** Records were appended to a partition, or lie in a transaction that has committed. */
  onProduced?(event: ProducedEvent): void
  /** How far an input is behind, once per input and `lagIntervalMs`. Costs two requests each time. */
  onLag?(event: LagEvent): void
  /** Rows of a table were read. */
  onTableRead?(event: TableReadEvent): void
  /** Rows of a table were written, in the scope of a record; nothing is committed yet. */
  onTableWrite?(event: TableWriteEvent): void
  /** A cut begins. */
  onCutStart?(event: CutStartEvent): void
  /** A cut has come to a named step. Faults are aimed with this: what is stopped or killed in here dies at that very step. */
  onCutStep?(event: CutStepEvent): void
  /** A cut ended, however it did. */
  onCutEnd?(event: CutEndEvent): void
  /** Partitions came or went. */
  onRebalance?(event: RebalanceEvent): void
  /** A table partition is being recovered. */
  onRecovery?(event: RecoveryEvent): void
  /** Something failed: a record, a task, the app. */
  onError?(event: ErrorEvent): void
}

/** All hooks. */
export const sensorHooks = [
  'onConsumed',
  'onProcessed',
  'onRecordProcessed',
  'onProduced',
  'onLag',
  'onTableRead',
  'onTableWrite',
  'onCutStart',
  'onCutStep',
  'onCutEnd',
  'onRebalance',
  'onRecovery',
  'onError',
] as const

/** The name of a hook. */
export type SensorHook = (typeof sensorHooks)[number]
