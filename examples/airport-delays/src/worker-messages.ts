import type { Moment } from './demo-worker.ts'
import type { Airport } from './flight.ts'

/** What the demo asks of a worker in another process. */
export type WorkerRequest = { readonly kind: 'crash'; readonly moment: Moment } | { readonly kind: 'rows' }

/** What such a worker tells the demo. */
export type WorkerReply =
  | { readonly kind: 'started' }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly [string, Airport])[] }
