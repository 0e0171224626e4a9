// The empty operator on bare kafkajs: consume and count.
import { Kafka, logLevel } from 'kafkajs'
import { finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'

const settings = readSettings()
const window = new MeasuredWindow(settings)
const kafka = new Kafka({ brokers: settings.brokers.split(','), logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: settings.group })
await consumer.connect()
await consumer.subscribe({ topic: settings.input, fromBeginning: true })
let values = 0
await consumer.run({
  autoCommitInterval: settings.cutIntervalMs,
  eachBatch: async ({ batch }) => {
    window.count(batch.messages.length)
    for (const message of batch.messages) if (message.value !== null) values++
    if (values >= settings.records) finishProgram(window)
  },
})
