export type { ExplainedSetting, Settings, SettingsInput } from './config/index.ts'
export { StreamError } from './errors/index.ts'
export type { Partitioner, PartitionFunction } from './partitioner/index.ts'
export type {
  ConsumedEvent,
  CutEndEvent,
  CutStartEvent,
  CutStep,
  CutStepEvent,
  ErrorEvent,
  ProcessedEvent,
  ProducedEvent,
  RebalanceEvent,
  RecordProcessedEvent,
  RecoveryEvent,
  Sensor,
  TableLayer,
  TableReadEvent,
  TableWriteEvent,
} from './sensor/index.ts'
export {
  bytes,
  double,
  type FormatOf,
  integer,
  json,
  type LongOptions,
  long,
  type SchemaOptions,
  type Serde,
  type SerdeValue,
  schema,
  string,
  uuid,
} from './serde/index.ts'
