import type { StagedRecord } from '../state/index.ts'

/** Records of one partition, on their way out. */
export interface StagedBatch {
  readonly topic: string
  readonly partition: number
  readonly records: StagedRecord[]
}

/** What a task has to send, by topic and partition, in the order it was completed. */
export class Outbox {
  #topics = new Map<string, (StagedBatch | undefined)[]>()
  #lastTopic = ''
  #lastBatches: (StagedBatch | undefined)[] = []
  sizeBytes = 0
  count = 0

  add(record: StagedRecord): void {
    const name = record.topic.name
    let batches = this.#lastBatches
    if (name !== this.#lastTopic) {
      const known = this.#topics.get(name)
      batches = known ?? []
      if (known === undefined) this.#topics.set(name, batches)
      this.#lastTopic = name
      this.#lastBatches = batches
    }
    const batch = batches[record.partition]
    if (batch === undefined) batches[record.partition] = { topic: name, partition: record.partition, records: [record] }
    else batch.records.push(record)
    this.sizeBytes += record.sizeBytes
    this.count++
  }

  /** Everything so far; the outbox is empty afterwards. */
  take(): StagedBatch[] {
    if (this.count === 0) return []
    const taken: StagedBatch[] = []
    for (const batches of this.#topics.values()) for (const batch of batches) if (batch !== undefined) taken.push(batch)
    this.#topics = new Map()
    this.#lastTopic = ''
    this.#lastBatches = []
    this.sizeBytes = 0
    this.count = 0
    return taken
  }
}

/** Batches of the same partition made one, in the order given. */
export function mergeBatches(batches: readonly StagedBatch[]): StagedBatch[] {
  const merged = new Map<string, StagedBatch>()
  for (const batch of batches) {
    const key = `${batch.topic}/${batch.partition}`
    const known = merged.get(key)
    if (known === undefined) merged.set(key, { ...batch, records: batch.records })
    else merged.set(key, { ...known, records: known.records.concat(batch.records) })
  }
  return [...merged.values()]
}
