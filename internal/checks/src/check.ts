import type { Repository } from './repository/index.ts'

/** One breach of a rule. */
export interface Finding {
  /** Path from the root; undefined where it concerns no single file. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** What is wrong and what to do. */
  readonly message: string
}

/** A rule that the repository keeps: it holds where there is no finding. */
export interface Check {
  /** In kebab-case; `npm run check <name>` runs it alone. */
  readonly name: string
  run(repository: Repository): readonly Finding[] | Promise<readonly Finding[]>
}
