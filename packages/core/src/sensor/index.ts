export { type Sensor, type SensorHook, sensorHooks } from './sensor.ts'
export type {
  ConsumedEvent,
  CutEndEvent,
  CutStartEvent,
  CutStep,
  CutStepEvent,
  ErrorEvent,
  LagEvent,
  ProcessedEvent,
  ProducedEvent,
  RebalanceEvent,
  RecordProcessedEvent,
  RecoveryEvent,
  TableLayer,
  TableReadEvent,
  TableWriteEvent,
} from './sensor-events.ts'
export { type SensorFailure, SensorHub } from './sensor-hub.ts'
