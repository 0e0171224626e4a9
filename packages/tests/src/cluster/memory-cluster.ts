import { MemoryLog, type MemoryLogOptions, memory } from '@stream/transport-memory'
import type { StoreKind } from '../stores/index.ts'
import { Cluster } from './cluster.ts'

/** The embedded log as a cluster, with the log itself for tests that put faults into it. */
export class MemoryCluster extends Cluster {
  readonly log: MemoryLog

  constructor(options: MemoryLogOptions = {}, storeKind?: StoreKind) {
    const log = new MemoryLog({ defaultPartitions: 2, ...options })
    super({
      name: 'memory',
      connect: () => memory({ log }),
      beginOutage: () => log.setAvailable(false),
      endOutage: () => log.setAvailable(true),
      compact: (topic) => void log.compact(topic),
      ...(storeKind !== undefined && { storeKind }),
    })
    this.log = log
  }
}
