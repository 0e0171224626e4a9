import { beforeAll, describe, expect, it } from 'vitest'
import { brokenCommitters } from './broken-committers.ts'
import { brokenDeliveries, brokenMembers } from './broken-groups.ts'
import { brokenLifecycles } from './broken-lifecycles.ts'
import { brokenProducers, brokenReaders, brokenRecords } from './broken-logs.ts'
import { type BrokenTransport, recordTransport } from './broken-transport.ts'
import type { Recording } from './recording-runner.ts'

const brokenTransports: readonly BrokenTransport[] = [
  ...brokenRecords,
  ...brokenProducers,
  ...brokenReaders,
  ...brokenMembers,
  ...brokenDeliveries,
  ...brokenCommitters,
  ...brokenLifecycles,
]

const groupsOf = (cases: readonly string[]): string[] => cases.map((name) => name.split(' > ')[0] ?? name)

/** Side by side: most of the time the kit waits for what a broken transport never does. */
const sideBySide = 16

describe('the kit for transports', () => {
  const recordings = new Map<BrokenTransport, Recording>()

  beforeAll(async () => {
    const left = [...brokenTransports]
    const work = async (): Promise<void> => {
      for (let broken = left.shift(); broken !== undefined; broken = left.shift()) {
        recordings.set(broken, await recordTransport(broken.bend, groupsOf(broken.fails)))
      }
    }
    await Promise.all(Array.from({ length: sideBySide }, work))
  })

  it('passes the memory transport in every case', async () => {
    const { passed, failed } = await recordTransport({})
    expect([...failed]).toEqual([])
    expect(passed.length).toBeGreaterThan(100)
  })

  it.each(brokenTransports)('notices a transport that $promise', (broken) => {
    expect([...(recordings.get(broken)?.failed.keys() ?? [])]).toEqual(expect.arrayContaining([...broken.fails]))
  })
})
