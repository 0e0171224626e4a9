export { storeConformance } from './store-conformance.ts'
export type { StoreConformanceOptions } from './store-options.ts'
