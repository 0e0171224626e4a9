export type { Runner } from './kit/index.ts'
export { type StoreConformanceOptions, storeConformance } from './store/index.ts'
export { type TransportConformanceOptions, type TransportTiming, transportConformance } from './transport/index.ts'
