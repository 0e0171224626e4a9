import type { Isolation, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import { AskingClient, type AskingOptions, type Watermarks } from './asking-client.ts'

/** Questions about topics and logs, shared by all that a transport opens. */
export class Edges {
  private readonly clients: Readonly<Record<Isolation, AskingClient>>

  constructor(options: Omit<AskingOptions, 'isolation'>) {
    this.clients = {
      read_committed: new AskingClient({ ...options, isolation: 'read_committed' }),
      read_uncommitted: new AskingClient({ ...options, isolation: 'read_uncommitted' }),
    }
  }

  /** Reaches a broker, or rejects with the client's failure. */
  reach(timeoutMs: number): Promise<void> {
    return this.clients.read_uncommitted.reach(timeoutMs)
  }

  topics(): ReturnType<AskingClient['topics']> {
    return this.clients.read_uncommitted.topics()
  }

  watermarks(partitions: readonly TopicPartition[], isolation: Isolation): Promise<readonly Watermarks[]> {
    return this.clients[isolation].watermarks(partitions)
  }

  async starts(partitions: readonly TopicPartition[]): Promise<readonly TopicPartitionOffset[]> {
    const answers = await this.watermarks(partitions, 'read_uncommitted')
    return partitions.map((place, index) => ({ ...place, offset: answers[index]?.start ?? 0 }))
  }

  async ends(partitions: readonly TopicPartition[], isolation: Isolation): Promise<readonly TopicPartitionOffset[]> {
    const answers = await this.watermarks(partitions, isolation)
    return partitions.map((place, index) => ({ ...place, offset: answers[index]?.end ?? 0 }))
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.close()))
  }
}
