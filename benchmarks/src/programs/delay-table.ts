import type { KafkaMessage, Message } from 'kafkajs'
import type { Delay, Flight } from '../program/index.ts'

/** Count and sum per key in a `Map`, as one would write it by hand. */
export class DelayTable {
  readonly #rows = new Map<string, Delay>()

  /** Takes records in; answers with one output for each, and one changelog row for each key that they changed. */
  update(records: readonly KafkaMessage[]): { readonly outputs: Message[]; readonly changes: Message[] } {
    const outputs: Message[] = []
    const dirty = new Map<string, string>()
    for (const record of records) {
      const key = record.key!.toString()
      const flight = JSON.parse(record.value!.toString()) as Flight
      const before = this.#rows.get(key)
      const row =
        before === undefined
          ? { flights: 1, minutes: flight.delay }
          : { flights: before.flights + 1, minutes: before.minutes + flight.delay }
      this.#rows.set(key, row)
      const value = JSON.stringify(row)
      outputs.push({ key, value })
      dirty.set(key, value)
    }
    const changes: Message[] = []
    for (const [key, value] of dirty) changes.push({ key, value })
    return { outputs, changes }
  }
}
