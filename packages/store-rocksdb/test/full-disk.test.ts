/**
 * Needs the built packages and Linux: a disk of its own is made with `unshare` and a tmpfs (as root, or where users may have namespaces of
 * their own), and a limit of file sizes with `prlimit`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Child } from './child.ts'
import { temporaryDirectory } from './place.ts'

const ownNamespace = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-r', '-m']
const mount =
  'mount -t tmpfs -o size=24m tmpfs "$0" && head -c 8388608 /dev/zero > "$0/ballast" && mkdir "$0/state" && exec "$@"'

async function proveGoingOn(filler: Child): Promise<void> {
  await filler.line('closed')
  const failed = filler.lines.filter((line) => line.startsWith('failed '))
  expect(failed.length).toBeGreaterThan(3)
  for (const line of failed) {
    expect(line).toMatch(/^failed STREAM_STORE_FAILED retryable true .*disk is full.*goes on by itself/)
  }
  expect(filler.lines).toContain('read 1000 undefined')
  expect(filler.lines).toContain('position behind by 1')
  expect(filler.lines).toContain('goes on, read 1000')
  expect(filler.lines).toContain('missing 0')
  const logged = filler.lines.filter((line) => line.startsWith('log '))
  expect(logged[0]).toMatch(/^log warn .*disk is full/)
  expect(logged.at(-1)).toMatch(/^log info .*writes again/)
}

it('a full disk refuses writes until there is room, answers reads meanwhile, and nothing is lost', async () => {
  const disk = temporaryDirectory()
  const filler = Child.start(
    'filler',
    [join(disk, 'state'), `rm ${join(disk, 'ballast')}`],
    [...ownNamespace, 'sh', '-c', mount, disk],
  )
  await proveGoingOn(filler)
})

it('a limit of file sizes does the same, also where the files cannot even be opened again until it is lifted', async () => {
  const path = join(temporaryDirectory(), 'state')
  mkdirSync(path)
  const limit = (size: string): string => `prlimit --pid PID --fsize=${size}:`
  const filler = Child.start('filler', [path, limit('unlimited'), limit('100')], ['prlimit', '--fsize=600000:', '--'])
  await proveGoingOn(filler)
})
