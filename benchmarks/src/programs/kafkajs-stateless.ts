// Parse, filter, serialise, produce, written by hand on kafkajs.
import { Kafka, logLevel, type Message } from 'kafkajs'
import { type Flight, finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'

const settings = readSettings()
const window = new MeasuredWindow(settings)
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
    const messages: Message[] = []
    for (const message of batch.messages) {
      const flight = JSON.parse(message.value!.toString()) as Flight
      if (flight.delay > 0) messages.push({ key: message.key, value: JSON.stringify(flight) })
    }
    if (messages.length > 0) await producer.sendBatch({ topicMessages: [{ topic: settings.output, messages }] })
    if (window.hasAll) finishProgram(window)
  },
})
