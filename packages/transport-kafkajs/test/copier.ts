import type {
  Committer,
  Fetched,
  GroupConsumer,
  GroupHandle,
  GroupListener,
  OutBatch,
  TopicPartition,
  Transport,
} from '@stream/core/adapter'
import { fresh, groupOptions } from './kafka-fixture.ts'

/** What a {@link Copier} copies, and how it behaves. */
export interface CopierOptions {
  readonly groupId: string
  readonly input: string
  readonly output: string
  /** Falls asleep between reading and committing, wakes when the group has gone on without it, and commits as if nothing had been. */
  readonly isZombie: boolean
}

/** Copies a topic to another, a transaction per poll, as a worker without tables would. */
export class Copier implements GroupListener {
  readonly committer: Committer
  readonly consumer: GroupConsumer
  fencedCount = 0
  isAsleep = false
  private readonly options: CopierOptions
  private readonly ready: Promise<void>
  private readonly loop: Promise<void>
  private handle: GroupHandle | undefined
  private busy: Promise<void> = Promise.resolve()
  private isClosing = false
  private wakeUp: () => void = () => {}

  constructor(transport: Transport, options: CopierOptions) {
    this.options = options
    this.committer = transport.committer({ transactionalId: fresh('copier'), timeoutMs: 10_000 })
    this.ready = this.committer.init()
    const timing = { sessionTimeoutMs: 3000, heartbeatIntervalMs: 50 }
    this.consumer = transport.group(groupOptions(options.groupId, [options.input], timing), this)
    this.loop = this.run()
  }

  async onAssign(owned: readonly TopicPartition[], group: GroupHandle): Promise<void> {
    await this.ready
    await this.rewind(owned)
    this.handle = group
    this.wakeUp()
  }

  async onRevoke(): Promise<void> {
    if (!this.options.isZombie) await this.busy
  }

  onLost(): void {}

  onError(): void {}

  async close(): Promise<void> {
    this.isClosing = true
    this.wakeUp()
    await this.loop
    await this.consumer.close({ leave: true })
    await this.committer.close()
  }

  private async run(): Promise<void> {
    while (!this.isClosing) {
      const batches = await this.consumer.poll({ maxWaitMs: 50 })
      const group = this.handle
      if (batches.length === 0 || group === undefined) continue
      this.busy = this.copy(batches, group)
      await this.busy
    }
  }

  private async copy(batches: readonly Fetched[], group: GroupHandle): Promise<void> {
    if (this.options.isZombie && !this.isClosing) await this.sleep()
    const out = batches.map(({ partition, records }): OutBatch => ({ topic: this.options.output, partition, records }))
    const offsets = batches.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    const outcome = await this.committer.commit({ out, offsets, group })
    if (outcome.kind === 'committed') return
    if (outcome.kind !== 'fenced') throw outcome.cause
    this.fencedCount++
    await this.committer.init()
    // What was not committed has to be read again where it is still ours.
    await this.rewind(batches)
  }

  private async sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve
      this.isAsleep = true
    })
    this.isAsleep = false
  }

  private async rewind(owned: readonly TopicPartition[]): Promise<void> {
    const committed = await this.consumer.committed(owned)
    this.consumer.seek(committed.map((one) => ({ ...one, offset: one.offset ?? 0 })))
  }
}
