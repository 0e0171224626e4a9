import type { CutStep } from '@stream/core'
import type { Airport } from './flight.ts'

/** What the demo asks of a worker in another process. */
export type WorkerRequest = { readonly kind: 'crash'; readonly step: CutStep } | { readonly kind: 'rows' }

/** What such a worker tells the demo. */
export type WorkerReply =
  | { readonly kind: 'started' }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly [string, Airport])[] }
