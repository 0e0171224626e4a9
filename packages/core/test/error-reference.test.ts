import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../src/errors/index.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
const sections = page.split(/^## /m).slice(1)

describe('docs/errors.md', () => {
  it('has one heading for every code, in the order of the list, and no other', () => {
    expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual([...errorCodes])
  })
  it('explains every code and gives a remedy', () => {
    for (const section of sections) {
      const [code, explanation, remedy] = section.split('\n\n')
      expect(explanation!.length, code).toBeGreaterThan(40)
      expect(remedy, code).toMatch(/^\*\*Remedy\.\*\* \S/)
    }
  })
})
