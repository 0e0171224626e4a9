import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Check, Finding } from '../check.ts'
import type { Repository } from '../repository/index.ts'
import { type Tarball, tarballs } from './tarballs.ts'

/** Packed packages hold what they should, and their types and exports are right for programs that use ES modules. */
export const publishedPackages: Check = {
  name: 'published-packages',
  async run(repository) {
    const all = await Promise.all((await tarballs(repository)).map((one) => breaches(repository, one)))
    return all.flat()
  },
}

async function breaches(repository: Repository, { folder, file }: Tarball): Promise<readonly Finding[]> {
  const data = readFileSync(file)
  const sources = repository.files.flatMap((path) =>
    path.startsWith(`${folder}/src/`) ? [path.slice(folder.length + 1)] : [],
  )
  const found = [...(await tarballProblems(data)), ...leftoverProblems(data, sources)]
  return found.map((message) => ({ file: folder, message }))
}

/** Code that was built from a source which is gone, a sentence each. `sources` are paths such as `src/index.ts`. */
export function leftoverProblems(data: Buffer, sources: readonly string[]): readonly string[] {
  const built = new Set(sources.map((path) => path.replace(/^src\/(.*)\.ts$/, 'dist/$1.js')))
  return contentsOf(data)
    .names.filter((name) => /^dist\/.*\.js$/.test(name) && !built.has(name))
    .map((name) => `holds ${name}, whose source is gone; delete dist and build anew`)
}

/** What is wrong with a packed package, a sentence each. */
export async function tarballProblems(data: Buffer): Promise<readonly string[]> {
  return [...(await lint(data)), ...(await typeProblems(data)), ...contentProblems(data)]
}

async function lint(data: Buffer): Promise<readonly string[]> {
  const tarball = new Uint8Array(data).buffer
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

/** There is no CommonJS build, so what programs without ES modules would see does not count. */
async function typeProblems(data: Buffer): Promise<readonly string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(data)))
  if (analysis.types === false) return ['attw: has no types']
  return analysis.problems
    .filter((problem) => !('resolutionKind' in problem) || ['node16-esm', 'bundler'].includes(problem.resolutionKind))
    .map((problem) => `attw: ${problem.kind} ${'entrypoint' in problem ? problem.entrypoint : ''}`)
}

function contentProblems(data: Buffer): readonly string[] {
  const { names, manifest } = contentsOf(data)
  const wanted = ['LICENSE', 'README.md', 'package.json'].filter((name) => !names.includes(name))
  const unwanted = names.filter((name) => /\.test\.|\.tsbuildinfo$|^src\//.test(name))
  const leftovers = ['@stream/source', 'workspace:', 'catalog:'].filter((word) => manifest.includes(word))
  return [
    ...wanted.map((name) => `does not hold ${name}`),
    ...unwanted.map((name) => `holds ${name}, which no user needs`),
    ...leftovers.map((word) => `says ${word} in its package.json, which means nothing outside of the repository`),
  ]
}

/** The files of a tarball by their paths in the package, and its `package.json`. */
function contentsOf(data: Buffer): { readonly names: readonly string[]; readonly manifest: string } {
  const tarball = createPackageFromTarballData(new Uint8Array(data))
  const folder = `/node_modules/${tarball.packageName}/`
  const names = tarball.listFiles().map((file) => file.replace(folder, ''))
  return { names, manifest: tarball.readFile(`${folder}package.json`) }
}
