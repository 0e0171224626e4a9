export type { StoreAdapter, TransportAdapter } from './adapter-manifest.ts'
