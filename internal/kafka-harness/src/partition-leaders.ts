import { setTimeout as delay } from 'node:timers/promises'
import { BodyWriter } from './body.ts'
import { callBroker } from './broker-call.ts'

const metadata = 3
const deleteTopics = 20
const electLeaders = 43
const alterPartitionReassignments = 45
const withinMs = 15_000

/** Where a partition lies, as one broker sees it. */
export interface PartitionPlace {
  /** -1 while there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

/** Undefined where the broker does not know the partition, or does not answer. */
export async function placeOf(port: number, topic: string, partition: number): Promise<PartitionPlace | undefined> {
  const body = new BodyWriter().int32(1).string(topic)
  const answer = await callBroker({ port, apiKey: metadata, version: 1, body })
  if (answer === undefined) return undefined
  answer.array(() => [answer.int32(), answer.string(), answer.int32(), answer.string()])
  answer.int32()
  const [found] = answer.array(() => {
    answer.int16()
    answer.string()
    answer.int8()
    return answer.array(() => {
      answer.int16()
      const index = answer.int32()
      const leader = answer.int32()
      return { index, leader, replicas: answer.array(() => answer.int32()), inSync: answer.array(() => answer.int32()) }
    })
  })
  return found?.find(({ index }) => index === partition)
}

/** Asks for the end of a topic, which takes the brokers a moment more. */
export async function deleteTopic(port: number, topic: string): Promise<void> {
  const body = new BodyWriter().int32(1).string(topic).int32(withinMs)
  const answer = await callBroker({ port, apiKey: deleteTopics, version: 1, timeoutMs: withinMs, body })
  answer?.int32()
  const [error] = answer?.array(() => [answer.string(), answer.int16()][1]) ?? []
  if (error !== 0) throw new Error(`topic ${topic} was not deleted: error ${error}`)
}

/** Makes one of a partition's replicas its leader, and its preferred one. Resolves when the broker at `port` knows of it. */
export async function makeLeader(port: number, topic: string, partition: number, to: number): Promise<void> {
  const place = await placeOf(port, topic, partition)
  if (place === undefined || !place.replicas.includes(to)) {
    throw new Error(`broker ${to} has no replica of ${topic}-${partition}: ${JSON.stringify(place)}`)
  }
  await prefer(port, topic, partition, [to, ...place.replicas.filter((one) => one !== to)])
  const deadlineMs = performance.now() + withinMs
  while ((await placeOf(port, topic, partition))?.leader !== to) {
    if (performance.now() > deadlineMs) throw new Error(`broker ${to} does not lead ${topic}-${partition} in time`)
    await elect(port, topic, partition)
    await delay(50)
  }
}

async function prefer(port: number, topic: string, partition: number, replicas: readonly number[]): Promise<void> {
  const body = new BodyWriter().int32(withinMs)
  body.compactArray([topic], (name) => {
    body.compactString(name)
    body.compactArray([partition], (index) => {
      body
        .int32(index)
        .compactArray(replicas, (id) => body.int32(id))
        .noTags()
    })
    body.noTags()
  })
  body.noTags()
  const call = { port, apiKey: alterPartitionReassignments, version: 0, isFlexible: true, timeoutMs: withinMs, body }
  const answer = await callBroker(call)
  answer?.int32()
  const error = answer?.int16()
  if (error !== 0) throw new Error(`the replicas of ${topic}-${partition} were not reordered: error ${error}`)
}

async function elect(port: number, topic: string, partition: number): Promise<void> {
  const preferred = 0
  const body = new BodyWriter().int8(preferred)
  body.array([topic], (name) => body.string(name).array([partition], (index) => body.int32(index)))
  body.int32(withinMs)
  await callBroker({ port, apiKey: electLeaders, version: 1, timeoutMs: withinMs, body })
}
