export type { Serde, SerdeValue } from './serde.ts'
