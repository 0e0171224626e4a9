export { createEngine } from './create-engine.ts'
export type { Engine, EngineOptions, TaskInfo } from './engine.ts'
export { storedAs } from './global-follower.ts'
export { topologyConflict } from './refused-topology.ts'
