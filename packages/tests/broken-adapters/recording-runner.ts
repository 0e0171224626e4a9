import type { Runner } from '@stream/conformance'
import { describeThrown } from '@stream/core/adapter'

/** What became of the cases, each named `<group> > <title>`. */
export interface Recording {
  readonly passed: readonly string[]
  /** Cases that failed, with the message. */
  readonly failed: ReadonlyMap<string, string>
}

interface Registered {
  readonly group: string
  readonly title: string
  readonly body: () => Promise<void>
  readonly timeoutMs: number
}

/** Registers a kit, runs the cases of the named groups (all, where none is named) one after another, and records what became of each. */
export async function record(register: (runner: Runner) => void, groups: readonly string[] = []): Promise<Recording> {
  const cases: Registered[] = []
  const before: (() => Promise<void>)[] = []
  const after: (() => Promise<void>)[] = []
  let path: string[] = []
  register({
    describe(name, body) {
      const outer = path
      path = [...outer, name]
      body()
      path = outer
    },
    it(title, body, timeoutMs = 30_000) {
      cases.push({ group: path.at(-1) ?? '', title, body, timeoutMs })
    },
    beforeEach: (body) => before.push(body),
    afterEach: (body) => after.push(body),
  })
  const passed: string[] = []
  const failed = new Map<string, string>()
  for (const { group, title, body, timeoutMs } of cases) {
    if (groups.length > 0 && !groups.includes(group)) continue
    const name = `${group} > ${title}`
    try {
      for (const hook of before) await hook()
      await inTime(body(), timeoutMs)
    } catch (error) {
      failed.set(name, describeThrown(error))
    }
    try {
      for (const hook of after) await hook()
    } catch (error) {
      failed.set(name, describeThrown(error))
    }
    if (!failed.has(name)) passed.push(name)
  }
  return { passed, failed }
}

async function inTime(running: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the case took more than ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([running, late])
  } finally {
    clearTimeout(timer)
  }
}
