/** Needs the built packages: writers are processes of their own, killed in the middle of their writes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Child } from './child.ts'
import { startedStore, temporaryDirectory, textAt } from './place.ts'

/** `STREAM_TORN_WRITE_ROUNDS=500 npx vitest run --project slow packages/store-rocksdb` */
const rounds = Number(process.env.STREAM_TORN_WRITE_ROUNDS ?? 20)

it(
  'a write that SIGKILL meets in the middle is there as a whole, in all of its partitions, or not at all; one that was done is there',
  async () => {
    const path = temporaryDirectory()
    let next = 1
    let calls = 0
    for (let round = 0; round < rounds; round++) {
      const writer = Child.start('writer', [path, String(next)])
      await writer.line('applied ')
      await sleep(Math.random() * 60)
      await writer.kill()
      const acknowledged = Number(writer.lines.at(-1)!.split(' ')[1])
      const store = await startedStore({ path })
      for (let number = 0; number < 4; number++) {
        const partition = await store.open({ table: 't', partition: number })
        const last = partition.position!.changelogOffset
        if (number === 0) calls += last + 1 - next
        if (number === 0) next = last + 1
        expect(last).toBe(next - 1)
        expect(last).toBeGreaterThanOrEqual(acknowledged)
        for (let i = 0; i < 50; i++) expect((await textAt(partition, `row ${i}`))!.startsWith(`${last} `)).toBe(true)
        expect(await textAt(partition, `at ${last}`)).toBeDefined()
        expect(await partition.count()).toEqual({ rows: 51, exact: true })
      }
      await store.close()
    }
    expect(calls).toBeGreaterThan(rounds)
  },
  60_000 + rounds * 3_000,
)
