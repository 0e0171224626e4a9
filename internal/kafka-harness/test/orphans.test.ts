// Needs Java and Maven: a real Kafka is started.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, vi } from 'vitest'

const program = fileURLToPath(new URL('orphan-program.mjs', import.meta.url))
const packageDirectory = fileURLToPath(new URL('..', import.meta.url))

interface Orphan {
  readonly pid: number
  readonly directory: string
}

// Another process can only run what is built.
beforeAll(() => {
  execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { cwd: packageDirectory })
})

async function startOwner(how: 'stay' | 'leave' | 'crash'): Promise<{ owner: ChildProcess; node: Orphan }> {
  const owner = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'ignore'] })
  const line = await new Promise<string>((resolve, reject) => {
    owner.stdout!.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    owner.once('exit', (code) => reject(new Error(`the program ended with ${code} and said nothing`)))
  })
  return { owner, node: JSON.parse(line) as Orphan }
}

async function expectNothingLeft(node: Orphan): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(node.pid, 0)).toThrow('ESRCH'), 10_000)
  await vi.waitFor(() => expect(existsSync(node.directory)).toBe(false), 10_000)
}

describe('a node whose owner is gone', () => {
  it('goes with an owner that was killed', async () => {
    const { owner, node } = await startOwner('stay')
    process.kill(node.pid, 0)
    expect(existsSync(node.directory)).toBe(true)
    owner.kill('SIGKILL')
    await expectNothingLeft(node)
  })

  it('goes with an owner that was killed while the node was paused', async () => {
    const { owner, node } = await startOwner('stay')
    process.kill(node.pid, 'SIGSTOP')
    owner.kill('SIGKILL')
    await expectNothingLeft(node)
  })

  it.each(['leave', 'crash'] as const)('lets its owner %s and goes with it', async (how) => {
    const { node } = await startOwner(how)
    await expectNothingLeft(node)
  })
})
