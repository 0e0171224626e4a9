/** Needs the built packages: what is killed is a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { StreamError } from '@stream/core/adapter'
import { expect, it, onTestFinished } from 'vitest'
import { directory, started } from './place.ts'

const program = fileURLToPath(new URL('./programs/writer.mjs', import.meta.url))

/** A process that writes to the directory, from its call of this number on. */
function writer(path: string, from: number) {
  const child = spawn(process.execPath, [program, path, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  return {
    pid: child.pid,
    applied: async (count: number) => {
      for (let seen = 0; seen < count; seen++) await once(lines, 'line')
    },
    kill: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

it('a process that is killed while it writes leaves the rows of one position, and its directory free', async () => {
  const path = directory()
  let from = 1
  for (let round = 0; round < 6; round++) {
    const { pid, applied, kill } = writer(path, from)
    await applied(10 + round * 7)
    const refusal = await started(path).catch((error: unknown) => error)
    expect(StreamError.is(refusal, 'STREAM_STATE_INVALID')).toBe(true)
    expect((refusal as StreamError).message).toContain(`in use by process ${pid} on `)
    await kill()
    const { store, lines, open } = await started(path)
    const partition = await open()
    const call = partition.position?.changelogOffset
    if (call !== undefined) {
      expect(call).toBeGreaterThanOrEqual(from - 1)
      const value = Buffer.alloc(200, `${call} `)
      const rows = (await partition.range?.({}, 1e9)) ?? []
      expect(rows).toHaveLength(3001)
      expect(rows.filter(([, found]) => !value.equals(found))).toEqual([])
      expect(await partition.get(Buffer.from(`at ${call}`))).toBeDefined()
      from = call + 1
    }
    expect(lines).toEqual([])
    await store.close()
  }
  expect(from).toBeGreaterThan(1)
})
