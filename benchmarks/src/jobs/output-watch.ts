import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { startProgram } from '../run-program.ts'

/** What a read-committed reader of a topic sees, as it comes. */
export interface OutputWatch {
  /** When the last records came, in ms of the wall clock; 0 while none have. */
  readonly lastMs: number
  /** Resolves with the time of the first records that come after `sinceMs`. Throws after two minutes. */
  next(sinceMs: number): Promise<number>
  close(): void
}

/** Starts the reader. */
export function watchOutput(brokers: string, topic: string): OutputWatch {
  const child = startProgram({ kind: 'java', mainClass: 'bench.Watch' }, { brokers, topic })
  let lastMs = 0
  const waiting = new Set<{ sinceMs: number; resolve: (ms: number) => void }>()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lastMs = Number(line.split(' ')[0])
    for (const one of waiting) {
      if (lastMs <= one.sinceMs) continue
      waiting.delete(one)
      one.resolve(lastMs)
    }
  })
  return {
    get lastMs() {
      return lastMs
    },
    async next(sinceMs) {
      const abort = new AbortController()
      const tooLate = delay(120_000, undefined, { signal: abort.signal }).then(() => {
        throw new Error(`no new output on ${topic} for two minutes`)
      })
      const came = new Promise<number>((resolve) => waiting.add({ sinceMs, resolve }))
      const ms = await Promise.race([came, tooLate])
      tooLate.catch(() => undefined)
      abort.abort()
      return ms
    },
    close() {
      child.kill('SIGKILL')
    },
  }
}
