import { didYouMean } from '../config/index.ts'
import { topicNameProblem } from '../topology/index.ts'
import type { AppOptions } from './app-options.ts'

const known: Readonly<Record<keyof AppOptions, true>> = {
  id: true,
  version: true,
  transport: true,
  admin: true,
  store: true,
  guarantee: true,
  settings: true,
  sensors: true,
  adapters: true,
  log: true,
  runtime: true,
}

/** What is wrong with the options of an app, settings aside: for programs that no compiler has checked. */
export function optionProblems(options: AppOptions): readonly string[] {
  const problems: string[] = []
  const idProblem = topicNameProblem(options.id)
  if (idProblem !== undefined) problems.push(`id ${idProblem}; it names the consumer group, and begins topic names`)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name))
      problems.push(`${name} is no option of an App${didYouMean(name, Object.keys(known))}`)
  }
  return problems
}
