/** The lines of a page outside of fenced code, each with its number from 1. */
export function proseLines(page: string): readonly { readonly text: string; readonly line: number }[] {
  let isCode = false
  return page.split('\n').flatMap((text, index) => {
    const isFence = /^\s*(```|~~~)/.test(text)
    if (isFence) isCode = !isCode
    return isCode || isFence ? [] : [{ text: text.replace(/`[^`]*`/g, ''), line: index + 1 }]
  })
}

/** The anchors a page offers: its headings, as code hosts slug them, and explicit ones. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  let isCode = false
  for (const text of page.split('\n')) {
    if (/^\s*(```|~~~)/.test(text)) isCode = !isCode
    const heading = isCode ? undefined : /^#{1,6}\s+(.*)$/.exec(text)?.[1]
    if (heading !== undefined) anchors.add(slug(heading))
    for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
  }
  return anchors
}

function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
