import { describe, expect, it } from 'vitest'
import { StreamError } from '../../src/errors/index.ts'
import { type Clock, systemClock } from '../../src/service/index.ts'
import { Recoverer, type RecoveryJob } from '../../src/state/index.ts'
import type { Store, StorePartition, StoreWrite } from '../../src/store/index.ts'
import type { Fetched, Isolation, Reader, Transport } from '../../src/transport/index.ts'

const changelog = { topic: 'changelog', partition: 0 }
const limits = { maxPollBytes: 1000, maxPartitionBytes: 1000, fetchWaitMs: 10 }

function recordsOf(from: number, next: number): Fetched['records'] {
  return Array.from({ length: next - from }, (_, index) => ({
    offset: from + index,
    timestamp: 0,
    key: Buffer.from(`k${from + index}`),
    value: Buffer.from('v'),
    headers: [],
  }))
}

/** A log of 10 rows whose reader hands out what the test gives it. */
class HandedReader implements Reader {
  readonly assigned: number[] = []
  #give: (batches: readonly Fetched[]) => void = () => undefined

  give(from: number, ...ends: number[]): void {
    const starts = [from, ...ends]
    this.#give(
      ends.map((next, at) => ({
        ...changelog,
        assignment: 0,
        records: recordsOf(starts[at]!, next),
        nextOffset: next,
        sizeBytes: 1,
      })),
    )
  }

  assign([position]: Parameters<Reader['assign']>[0]): void {
    this.assigned.push(position!.offset)
  }

  unassign(): void {}

  poll(): Promise<readonly Fetched[]> {
    return new Promise((resolve) => {
      this.#give = resolve
    })
  }

  async startOffsets(): Promise<{ topic: string; partition: number; offset: number }[]> {
    return [{ ...changelog, offset: 0 }]
  }

  /** The last two records are of a transaction that is still open. */
  async endOffsets(_: unknown, isolation: Isolation): Promise<{ topic: string; partition: number; offset: number }[]> {
    return [{ ...changelog, offset: isolation === 'read_committed' ? 8 : 10 }]
  }

  async close(): Promise<void> {
    this.#give([])
  }
}

function scene(apply: (write: StoreWrite) => void | Promise<void>, clock: Clock = systemClock) {
  const reader = new HandedReader()
  const recoverer = new Recoverer({ reader: () => reader } as unknown as Transport, clock, limits)
  const store = { apply: (writes: readonly StoreWrite[]) => apply(writes[0]!) } as unknown as Store
  const job = (own: Partial<RecoveryJob> = {}): RecoveryJob => ({
    changelog,
    store,
    rows: {} as StorePartition,
    from: undefined,
    giveUpAfterMs: 60_000,
    signal: new AbortController().signal,
    onStart: () => undefined,
    onProgress: () => undefined,
    ...own,
  })
  return { reader, recoverer, job }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const busy = new StreamError({ code: 'STREAM_STORE_FAILED', message: 'busy', retryable: true })

describe('a recovery', () => {
  it('that begins again while a batch of its former self is being written starts from its own position', async () => {
    let written: () => void = () => undefined
    const offsets: number[] = []
    const { reader, recoverer, job } = scene(async ({ position }) => {
      offsets.push(position.changelogOffset)
      if (offsets.length === 1) await new Promise<void>((resolve) => (written = resolve))
    })
    const abort = new AbortController()
    const first = recoverer.recover(job({ signal: abort.signal }))
    await turn()
    reader.give(0, 10)
    await turn()
    abort.abort()
    await expect(first).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
    const second = recoverer.recover(job())
    await turn()
    written()
    await turn()
    await turn()
    reader.give(0, 10)
    expect((await second).rows).toBe(10)
    expect(reader.assigned).toEqual([0, 0])
    await recoverer.close()
  })

  it('goes to the end of what is committed where it is told so, and stops at a record that is refused', async () => {
    const checked: number[] = []
    const { reader, recoverer, job } = scene(() => undefined)
    const committed = recoverer.recover(
      job({ until: 'read_committed', check: ({ offset }) => void checked.push(offset) }),
    )
    await turn()
    reader.give(0, 8)
    expect(await committed).toMatchObject({ rows: 8, position: { changelogOffset: 8 } })
    expect(checked).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const refusing = (): void => {
      throw new StreamError({ code: 'STREAM_KEY_INVALID', message: 'no row' })
    }
    const refused = recoverer.recover(job({ check: refusing }))
    await turn()
    reader.give(0, 10)
    await expect(refused).rejects.toMatchObject({ code: 'STREAM_KEY_INVALID' })
    await recoverer.close()
  })

  it('takes no batch that was fetched for its former self', async () => {
    const places: StorePartition[] = []
    const { reader, recoverer, job } = scene(({ partition }) => void places.push(partition))
    const abort = new AbortController()
    const first = recoverer.recover(job({ signal: abort.signal, from: 5 }))
    await turn()
    const told: number[] = []
    reader.give(5, 8)
    await turn()
    abort.abort()
    await expect(first).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
    const rows = {} as StorePartition
    const second = recoverer.recover(job({ rows, onProgress: ({ position }) => void told.push(position) }))
    await turn()
    reader.give(0, 10)
    expect((await second).rows).toBe(10)
    expect(told).toEqual([10])
    expect(places.at(-1)).toBe(rows)
    await recoverer.close()
  })

  it('gives other work its turn between batches that take their time', async () => {
    let now = 0
    let turns = 0
    const seen: number[] = []
    const slow = { ...systemClock, monotonicMs: () => (now += 20) }
    const { reader, recoverer, job } = scene(() => {
      seen.push(turns)
      setImmediate(() => turns++)
    }, slow)
    const recovering = recoverer.recover(job())
    await turn()
    reader.give(0, 4, 7, 10)
    expect((await recovering).rows).toBe(10)
    expect(seen).toEqual([0, 1, 2])
    await recoverer.close()
  })

  it('gives a busy store up after its time', async () => {
    const { reader, recoverer, job } = scene(() => {
      throw busy
    })
    const recovering = recoverer.recover(job({ giveUpAfterMs: 0 }))
    await turn()
    reader.give(0, 10)
    await expect(recovering).rejects.toBe(busy)
    await recoverer.close()
  })
})
