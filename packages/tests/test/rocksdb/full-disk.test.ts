/**
 * Needs the built packages and Linux: a small disk is made with `unshare` and a tmpfs, as root or where users may have namespaces of their
 * own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const program = fileURLToPath(new URL('./full-disk-program.mjs', import.meta.url))
const namespace = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m']
const mount = 'mount -t tmpfs -o size=44m tmpfs "$0" && head -c 25165824 /dev/zero > "$0/ballast" && exec "$@"'

it('an app whose disk is full waits, and goes on with nothing lost when there is room', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'stream-disk-'))
  const child = spawn(
    'unshare',
    [...namespace, 'sh', '-c', mount, disk, process.execPath, program, join(disk, 'state'), join(disk, 'ballast')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(disk, { recursive: true, force: true })
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()))
  await once(child, 'close')
  expect(said).toMatch(/^full .*disk is full.*goes on by itself/m)
  expect(said).toMatch(/^writes again$/m)
  expect(said).toContain('all rows, after the disk was full')
  expect(said).not.toMatch(/^state failed/m)
  expect(said).not.toMatch(/^error task-closed/m)
}, 60_000)
