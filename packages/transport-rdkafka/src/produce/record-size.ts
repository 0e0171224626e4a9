import type { OutRecord } from '@stream/core/adapter'

/** Lengths, offsets and timestamps of one record in a batch, at most. */
const overheadBytes = 40
const headerOverheadBytes = 10

/** What a record takes in a batch, not compressed; never less than librdkafka counts. */
export function recordBytes({ key, value, headers }: OutRecord): number {
  let bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  // Names are UTF-8 on their way, three bytes a letter at most; what is carried as text grows by a third.
  if (headers !== undefined) {
    for (const [name, content] of headers) bytes += headerOverheadBytes + name.length * 3 + (content?.length ?? 0) * 2
  }
  return bytes
}
