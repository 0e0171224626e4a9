import type { Check, Finding } from '../check.ts'
import { codeFiles, isTest, packageFolder, type Repository } from '../repository/index.ts'
import { maxMedianLines, maxP90Lines, maxSourceLines, maxTestLines } from '../rules/index.ts'

/** A file holds one idea: no file is too long, and most files of a package are short. */
export const fileBudgets: Check = {
  name: 'file-budgets',
  run(repository) {
    const sizes = codeFiles(repository).map((path) => ({ path, lines: lineCount(repository, path) }))
    return [...sizes.flatMap(tooLong), ...packagesTooLong(sizes)]
  },
}

interface Size {
  readonly path: string
  readonly lines: number
}

function lineCount(repository: Repository, path: string): number {
  return repository.read(path).trimEnd().split('\n').length
}

function tooLong({ path, lines }: Size): readonly Finding[] {
  const budget = isTest(path) ? maxTestLines : maxSourceLines
  return lines <= budget ? [] : [{ file: path, message: `has ${lines} lines, more than ${budget}; split it by ideas` }]
}

function packagesTooLong(sizes: readonly Size[]): readonly Finding[] {
  const folders = new Map<string, number[]>()
  for (const { path, lines } of sizes) {
    const folder = packageFolder(path)
    if (folder === undefined || isTest(path)) continue
    folders.set(folder, [...(folders.get(folder) ?? []), lines])
  }
  return [...folders].flatMap(([file, lines]) => {
    const median = quantile(lines, 0.5)
    const p90 = quantile(lines, 0.9)
    if (median <= maxMedianLines && p90 <= maxP90Lines) return []
    const limits = `${maxMedianLines} and ${maxP90Lines}`
    return [
      { file, message: `median and 90th percentile of its files are ${median} and ${p90} lines, more than ${limits}` },
    ]
  })
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
