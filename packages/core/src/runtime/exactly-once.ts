import type { Committer, GroupHandle } from '../transport/index.ts'
import type { CommitProtocol, CutOutcome } from './commit-protocol.ts'
import { type CutRequest, originOf } from './cut-request.ts'

/**
 * `exactly_once`: outputs, changelog rows and input offsets of a cut are one transaction, opened only when all of it is there. Offsets go
 * with the member and generation of the assignment (KIP-447), so that a stalled former owner is fenced.
 */
export class ExactlyOnce implements CommitProtocol {
  readonly sendsAtOnce = false
  readonly hasRoom = false
  readonly unacknowledgedBytes = 0
  readonly commitTimeoutMs: number
  readonly #committer: Committer

  constructor(committer: Committer, transactionTimeoutMs: number) {
    this.#committer = committer
    // It may be filled, ended and, where that fails, aborted.
    this.commitTimeoutMs = 3 * transactionTimeoutMs
  }

  recover(): Promise<void> {
    return this.#committer.init()
  }

  send(): void {}

  forget(): void {}

  async commit(request: CutRequest, group: GroupHandle): Promise<CutOutcome> {
    const outcome = await this.#committer.commit({
      out: [...request.outputs, ...request.changelogs],
      offsets: request.offsets,
      group,
    })
    if (outcome.kind === 'committed') return { kind: 'committed', positions: outcome.nextOffsets ?? [] }
    const { kind, cause } = outcome
    if (kind !== 'aborted' || outcome.refused === undefined) return { kind, cause }
    const origin = originOf(request, outcome.refused.batch, outcome.refused.record)
    return { kind, cause, refused: origin === undefined ? [] : [origin] }
  }

  close(): Promise<void> {
    return this.#committer.close()
  }
}
