import { describe, expect, it } from 'vitest'
import { regionOf, withFreshSnippets } from '../src/pages/snippets.ts'

const page = (code: string) =>
  `# A\n\n<!-- snippet a.ts#x -->\n\`\`\`ts\n${code}\`\`\`\n\n## B\n\n\`\`\`sh\nrun\n\`\`\`\n`
const source = '  // #region x\n  if (a) {\n    // #region y\n    b()\n    // #endregion y\n  }\n  // #endregion x\n'

describe('snippets of pages', () => {
  it('are the region without its indentation and without other markers', () => {
    expect(regionOf(source, 'x')).toBe('if (a) {\n  b()\n}\n')
    expect(regionOf(source, 'y')).toBe('b()\n')
    expect(regionOf(source, 'z')).toBeUndefined()
  })

  it.each(['', 'old()\n', 'if (a) {\n'])('replace %j and nothing around it, however often', (old) => {
    const once = withFreshSnippets(page(old), () => 'if ($&) {\n}\n')
    expect(once).toBe(page('if ($&) {\n}\n'))
    expect(withFreshSnippets(once, () => 'if ($&) {\n}\n')).toBe(once)
  })

  it('stay as they are where their source is missing', () => {
    expect(withFreshSnippets(page('old()\n'), () => undefined)).toBe(page('old()\n'))
  })
})
