// Count and sum per key with a changelog and every update as an output, at least once, written by hand on kafkajs.
import { Kafka, logLevel } from 'kafkajs'
import { finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'
import { DelayTable } from './delay-table.ts'

const settings = readSettings()
const window = new MeasuredWindow(settings)
const table = new DelayTable()
const kafka = new Kafka({ brokers: settings.brokers.split(','), logLevel: logLevel.ERROR })
const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false })
const consumer = kafka.consumer({ groupId: settings.group })
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: settings.input, fromBeginning: true })
await consumer.run({
  autoCommitInterval: settings.cutIntervalMs,
  eachBatch: async ({ batch }) => {
    window.count(batch.messages.length)
    const { outputs, changes } = table.update(batch.messages)
    await producer.sendBatch({
      topicMessages: [
        { topic: settings.output, messages: outputs },
        { topic: settings.changelog, messages: changes },
      ],
    })
    if (window.hasAll) finishProgram(window)
  },
})
