/**
 * What the kits need of a test runner; vitest, jest, mocha and `node:test` have it under these names. Assertions are thrown by
 * `node:assert`, so nothing else is asked of it. Cases run one after another.
 */
export interface Runner {
  describe(name: string, body: () => void): void
  /** `timeoutMs` is how long the case may take; a runner without such an argument ignores it. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): void
  beforeEach(body: () => Promise<void>): void
  afterEach(body: () => Promise<void>): void
}
