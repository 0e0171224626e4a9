/** A piece of code on a page: `<!-- snippet path#region -->`, then a fence with the region of that file. */
export interface Snippet {
  /** Of its marker, from 1. */
  readonly line: number
  /** File that holds the region: between `// #region name` and `// #endregion name`. */
  readonly path: string
  readonly region: string
  /** Every line ends with a line feed. */
  readonly code: string
}

const marker = /^<!-- snippet (\S+)#(\S+) -->$/

/** Whether snippets are looked for in a file. */
export function isPage(path: string): boolean {
  return path.endsWith('.md') && !path.startsWith('.changeset/')
}

/** The marked snippets of a page. */
export function snippetsOf(page: string): readonly Snippet[] {
  const lines = page.split('\n')
  return lines.flatMap((text, index) => {
    const [, path, region] = marker.exec(text) ?? []
    if (path === undefined || region === undefined) return []
    const end = lines.findIndex((line, at) => at > index + 1 && line === '```')
    return [{ line: index + 1, path, region, code: joined(lines.slice(index + 2, end)) }]
  })
}

/** A page with its snippets as their files have them; those of files or regions that do not exist stay as they are. */
export function withFreshSnippets(page: string, source: (snippet: Snippet) => string | undefined): string {
  return snippetsOf(page).reduce((text, snippet) => {
    const head = `<!-- snippet ${snippet.path}#${snippet.region} -->\n\`\`\`ts\n`
    const code = source(snippet)
    return code === undefined ? text : text.replace(head + snippet.code, () => head + code)
  }, page)
}

/** The region of a file without its indentation; undefined where there is none. */
export function regionOf(text: string, region: string): string | undefined {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  const end = lines.findIndex((line) => line.trim() === `// #endregion ${region}`)
  if (start === -1 || end === -1) return undefined
  const inside = lines.slice(start + 1, end).filter((line) => !/^\s*\/\/ #(end)?region /.test(line))
  const indents = inside.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const indent = Math.min(...indents)
  return joined(inside.map((line) => line.slice(indent)))
}

/** Every line with its end. */
function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
