import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** One request of Kafka's protocol in one version: how its body is written and its answer read. */
export interface WireRequest<T> {
  readonly apiKey: number
  readonly apiName: string
  readonly version: number
  /** Version with compact types and tagged fields (KIP-482). */
  readonly flexible: boolean
  /** Upper bound of the request's size, to write it without growing. @default 512 */
  readonly sizeBytes?: number
  /** How long the broker may hold the answer back, on top of the connection's own timeout. @default 0 */
  readonly holdMs?: number
  write(out: WireWriter): void
  read(answer: WireReader): T
}
