import { StreamError } from '../errors/index.ts'

/** One thing that is wrong with what an app declared: a sentence that says what to do. */
export interface DeclarationProblem {
  /** `declaration`: one declaration is wrong in itself; `topology`: declarations do not fit together. */
  readonly kind: 'declaration' | 'topology'
  readonly message: string
}

/** All problems in one error, so that nobody has to start an app as often as it has mistakes. */
export function declarationError(appId: string, problems: readonly DeclarationProblem[]): StreamError {
  const single = problems.length === 1
  const list = single ? problems[0]!.message : problems.map((problem) => `\n- ${problem.message}`).join('')
  return new StreamError({
    code: problems.some((problem) => problem.kind === 'topology')
      ? 'STREAM_TOPOLOGY_INVALID'
      : 'STREAM_DECLARATION_INVALID',
    message: single ? `app ${appId}: ${list}` : `app ${appId} has ${problems.length} wrong declarations:${list}`,
    place: { app: appId, problems: problems.map((problem) => problem.message) },
  })
}
