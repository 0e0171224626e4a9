import { describeThrown, sleep, systemClock } from '@stream/core/adapter'

/** How often the partition counts of the subscribed topics are looked at. */
const watchIntervalMs = 10_000
/** ... and while one of the topics does not exist. */
const watchMissingIntervalMs = 1_000

/** What {@link topicsChanged} watches. */
export interface TopicWatch {
  readonly topics: readonly string[]
  /** Partition counts the assignment was made of; undefined where they are not known. */
  readonly counts: ReadonlyMap<string, number> | undefined
  readonly count: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>
  readonly log: (level: 'debug', message: string) => void
}

/** True as soon as topics appear, grow or go; false where `over` aborts first. */
export async function topicsChanged({ topics, count, log, ...watch }: TopicWatch, over: AbortSignal): Promise<boolean> {
  let counts = watch.counts
  while (!over.aborted) {
    const isComplete = counts !== undefined && topics.every((topic) => counts?.has(topic))
    await sleep(systemClock, isComplete ? watchIntervalMs : watchMissingIntervalMs, over)
    if (over.aborted) return false
    try {
      const asked = counts === undefined ? topics : [...new Set([...counts.keys(), ...topics])]
      const now = await count(asked)
      if (over.aborted) return false
      if (counts !== undefined && !isEqual(counts, now)) return true
      counts ??= now
    } catch (error) {
      log('debug', `Partition counts could not be compared: ${describeThrown(error)}`)
    }
  }
  return false
}

function isEqual(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([topic, count]) => b.get(topic) === count)
}
