import { transportConformance } from '@stream/conformance'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { MemoryLog, memory } from '../src/index.ts'

const log = new MemoryLog()

transportConformance(
  { describe, it, beforeEach, afterEach },
  {
    name: 'memory',
    open: () => memory({ log }),
    timing: { sessionTimeoutMs: 300, heartbeatIntervalMs: 50, rebalanceTimeoutMs: 600, quietMs: 50, patienceMs: 5_000 },
    outage: {
      begin: async () => log.setAvailable(false),
      end: async () => log.setAvailable(true),
    },
    compact: async (topic) => {
      log.compact(topic)
    },
    leaveOpen: async (transactionalId, request) => {
      const worker = memory({ log })
      await worker.open({ log: () => {} })
      const committer = worker.committer({ transactionalId, timeoutMs: 10_000 })
      await committer.init()
      const reached = new Promise<void>((resolve) => {
        log.faults.at(
          'commit:before-end',
          { kind: 'run', run: () => resolve(log.crash(worker)) },
          { when: (context) => context.clientId === worker.clientId },
        )
      })
      void committer.commit(request)
      await reached
    },
  },
)
