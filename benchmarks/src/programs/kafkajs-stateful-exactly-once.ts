// Count and sum per key with a changelog and every update as an output, in transactions, written by hand on kafkajs.
import { Kafka, logLevel, type Transaction } from 'kafkajs'
import { finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'
import { DelayTable } from './delay-table.ts'

// A fetched batch takes longer than the cut interval: it is sent in parts, so that the interval can be kept.
const recordsPerSend = 1_000

const settings = readSettings()
const window = new MeasuredWindow(settings)
const table = new DelayTable()
const kafka = new Kafka({ brokers: settings.brokers.split(','), logLevel: logLevel.NOTHING })
const producer = kafka.producer({
  transactionalId: settings.group,
  idempotent: true,
  maxInFlightRequests: 1,
  // The markers of a transaction may still be on their way when the next one begins: the broker then refuses, and the
  // default would wait 300 ms.
  retry: { initialRetryTime: 10 },
})
const consumer = kafka.consumer({ groupId: settings.group })
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: settings.input, fromBeginning: true })

let open: { readonly transaction: Transaction; readonly sinceMs: number } | undefined
const offsets = new Map<number, string>()

async function commit(): Promise<void> {
  if (open === undefined) return
  const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }))
  await open.transaction.sendOffsets({
    consumerGroupId: settings.group,
    topics: [{ topic: settings.input, partitions }],
  })
  await open.transaction.commit()
  open = undefined
  offsets.clear()
}

await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch, heartbeat }) => {
    for (let from = 0; from < batch.messages.length; from += recordsPerSend) {
      const part = batch.messages.slice(from, from + recordsPerSend)
      window.count(part.length)
      open ??= { transaction: await producer.transaction(), sinceMs: Date.now() }
      const { outputs, changes } = table.update(part)
      await open.transaction.sendBatch({
        topicMessages: [
          { topic: settings.output, messages: outputs },
          { topic: settings.changelog, messages: changes },
        ],
      })
      offsets.set(batch.partition, String(Number(part.at(-1)!.offset) + 1))
      if (window.hasAll || Date.now() - open.sinceMs >= settings.cutIntervalMs) await commit()
      await heartbeat()
    }
    if (window.hasAll) finishProgram(window)
  },
})
