export { transportConformance } from './transport-conformance.ts'
export type { TransportConformanceOptions, TransportTiming } from './transport-options.ts'
