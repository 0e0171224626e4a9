/** Needs the built packages: a machine without a binary, and the memory of a process, are seen from outside. */
import { expect, it } from 'vitest'
import { Child } from './child.ts'
import { temporaryDirectory } from './place.ts'

it('a machine for which there is no binary is refused when the app starts, with the machines there is one for', async () => {
  // This is how the loader of binaries can be told another platform than this one.
  const starter = Child.start(
    'starter',
    [temporaryDirectory()],
    ['env', 'npm_config_platform=aix', 'npm_config_arch=ppc64'],
  )
  const line = await starter.line('refused')
  expect(line).toMatch(/^refused STREAM_ADAPTER_MISSING .*platform=aix arch=ppc64.*Linux on x64.*macOS on arm64/)
  expect(line).toContain('memory://')
})

it('memory stays within the budgets and what a process needs, with 64 partitions of 4 tables', async () => {
  const program = Child.start('many-partitions', [temporaryDirectory()])
  const grownMiB = Number((await program.line('grown')).split(' ')[1])
  expect(grownMiB).toBeLessThan(8 + 8 + 150)
})
