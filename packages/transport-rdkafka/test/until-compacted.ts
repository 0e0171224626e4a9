import { setTimeout as wait } from 'node:timers/promises'
import { rdkafka } from '../src/index.ts'
import { readAll, readerOptions, recordsOf, text } from './kafka-fixture.ts'

/** Waits until the cleaner has been over everything but the segment that is still written to, which holds the last record. */
export async function untilCompacted(brokers: readonly string[], topic: string): Promise<void> {
  const transport = rdkafka({ brokers })
  await transport.open({ log: () => {} })
  const reader = transport.reader(readerOptions)
  for (;;) {
    const keys = recordsOf(await readAll(reader, { topic, partition: 0 })).map((one) => text(one.key))
    const closed = keys.slice(0, -1)
    if (new Set(closed).size === closed.length) break
    await wait(50)
  }
  await transport.close()
}
