import { describe, expect, it } from 'vitest'
import { membershipFindings } from '../src/checks/suite-membership.ts'

describe('suite membership', () => {
  it('names files that no suite runs and files that two run', () => {
    const listed = [
      { file: 'a.test.ts', projectName: 'unit' },
      { file: 'b.test.ts', projectName: 'unit' },
      { file: 'b.test.ts', projectName: 'kafka' },
    ]
    expect(membershipFindings(['a.test.ts', 'b.test.ts', 'c.test.ts'], listed)).toEqual([
      { file: 'b.test.ts', message: expect.stringContaining('unit and kafka') },
      { file: 'c.test.ts', message: expect.stringContaining('no suite') },
    ])
  })
})
