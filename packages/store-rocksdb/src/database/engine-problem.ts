import { describeThrown } from '@stream/core/adapter'

/**
 * What an error of the engine means: another holder, files that are not as they were written, no room, no permission, a shortage of the
 * process, or none of these.
 */
export type EngineProblem = 'locked' | 'damaged' | 'full' | 'denied' | 'short' | 'other'

/** Before corruption: the engine also calls a file corrupt that it could not open. */
const byText: readonly (readonly [RegExp, EngineProblem])[] = [
  [/No space left|Disk quota exceeded|File too large/i, 'full'],
  [/Permission denied|Read-only file system|Operation not permitted/i, 'denied'],
  [/Too many open files|Cannot allocate memory/i, 'short'],
  [/Input\/output error/i, 'other'],
]

/** Classifies what the binding threw. */
export function engineProblem(error: unknown): EngineProblem {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (code === 'LEVEL_LOCKED') return 'locked'
  const text = describeThrown(error)
  for (const [pattern, problem] of byText) if (pattern.test(text)) return problem
  if (code === 'LEVEL_CORRUPTION') return 'damaged'
  // A file that the engine's own books name.
  return code === 'LEVEL_IO_ERROR' && text.includes('No such file') ? 'damaged' : 'other'
}
