import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import adapter, { type MemoryTransport, memory } from '../src/index.ts'
import { at, Member, Rig, read, record, text, values } from './rig.ts'
import { settle } from './virtual-clock.ts'

const refusedError = new StreamError({ code: 'STREAM_BROKER_REFUSED', message: 'no' })
const busy = new StreamError({ code: 'STREAM_BROKER_UNAVAILABLE', message: 'busy', retryable: true })

async function rigWith(): Promise<Rig> {
  const rig = new Rig()
  rig.log.createTopic({ name: 't', configs: { 'retention.ms': '-1' } })
  return rig
}

function contents(rig: Rig): (string | null)[] {
  return rig.log.records('t', 0).map((one) => text(one.value))
}

function one(value: string): { topic: string; partition: number; records: ReturnType<typeof record>[] }[] {
  return [{ topic: 't', partition: 0, records: [record('k', value)] }]
}

describe('a producer', () => {
  it('appends a batch once, however often its answer is lost', async () => {
    const rig = await rigWith()
    const producer = await rig.producer()
    const fault = rig.log.faults.at('produce:after', { kind: 'lose-answer' }, { times: 3 })
    const [produced] = await rig.run(producer.send(one('1')))
    expect(produced?.baseOffset).toBe(0)
    expect(fault.hits).toBe(3)
    expect(contents(rig)).toEqual(['1'])
  })

  it('keeps the order of its calls while one of them is retried', async () => {
    const rig = await rigWith()
    const producer = await rig.producer()
    rig.log.faults.at('produce:before', { kind: 'fail', error: busy }, { times: 2 })
    const sends = ['1', '2', '3'].map((value) => producer.send(one(value)))
    await rig.run(Promise.all(sends))
    await producer.send(one('4'))
    expect(contents(rig)).toEqual(['1', '2', '3', '4'])
  })

  it('waits for a log that is away, and gives up after its delivery timeout', async () => {
    const rig = await rigWith()
    const producer = await rig.producer()
    rig.log.setAvailable(false)
    const sent = producer.send(one('1'))
    await rig.clock.advance(5_000)
    rig.log.setAvailable(true)
    await rig.run(sent)
    rig.log.setAvailable(false)
    await expect(rig.run(producer.send(one('2')))).rejects.toMatchObject({ code: 'STREAM_BROKER_UNAVAILABLE' })
    expect(contents(rig)).toEqual(['1'])
  })

  it('rejects what is wrong as a whole, and appends nothing of it', async () => {
    const rig = await rigWith()
    const producer = await rig.producer()
    const missing = [...one('1'), { topic: 'nowhere', partition: 0, records: [record('k', '2')] }]
    await expect(producer.send(missing)).rejects.toMatchObject({ code: 'STREAM_TOPIC_MISSING' })
    rig.log.faults.at('produce:before', { kind: 'fail', error: refusedError })
    await expect(producer.send(one('3'))).rejects.toBe(refusedError)
    expect(contents(rig)).toEqual([])
  })

  it('is told of the record that is larger than max.message.bytes to the byte', async () => {
    const rig = new Rig()
    rig.log.createTopic({ name: 't', configs: { 'max.message.bytes': '1000' } })
    const producer = await rig.producer()
    const sized = (bytes: number) => ({ key: null, value: new Uint8Array(bytes), timestamp: 1 })
    // 61 of the batch, 2 + 3 + 1 + 2 + 1 around the value.
    const [produced] = await producer.send([{ topic: 't', partition: 0, records: [sized(930), sized(931), sized(1)] }])
    expect(produced?.refused).toBe(1)
    expect(produced?.error?.code).toBe('STREAM_RECORD_TOO_LARGE')
    expect(produced?.error?.place.sizeBytes).toBe(1001)
    expect(rig.log.records('t', 0).map((found) => found.value?.length)).toEqual([930, 1])
    const [several] = await producer.send([
      { topic: 't', partition: 0, records: [sized(1), sized(2_000), sized(3_000)] },
    ])
    expect([several?.refused, several?.error?.place.refused]).toEqual([1, [1, 2]])
  })
})

describe('a fetch', () => {
  it('that fails for a while is retried inside', async () => {
    const rig = await rigWith()
    await (await rig.producer()).send(one('1'))
    const reader = read(await rig.transport(), 'read_committed')
    reader.assign([at('t', 0, 0)])
    const fault = rig.log.faults.at('fetch', { kind: 'fail', error: busy }, { times: 2 })
    expect(await rig.run(reader.poll({ maxWaitMs: 100 }))).toEqual([])
    expect(values(await rig.run(reader.poll({ maxWaitMs: 100 })))).toEqual(['1'])
    expect(fault.hits).toBe(2)
  })

  it('that fails for good is told of the partition, once, until it is positioned anew', async () => {
    const rig = await rigWith()
    await (await rig.producer()).send(one('1'))
    const reader = read(await rig.transport(), 'read_committed')
    reader.assign([at('t', 0, 0)])
    const error = new StreamError({ code: 'STREAM_RECORD_CORRUPT', message: 'bad' })
    rig.log.faults.at('fetch', { kind: 'fail', error })
    const [batch] = await reader.poll({ maxWaitMs: 100 })
    expect(batch?.error).toBe(error)
    expect(await rig.run(reader.poll({ maxWaitMs: 100 }))).toEqual([])
    reader.assign([at('t', 0, 0)])
    expect(values(await reader.poll({ maxWaitMs: 100 }))).toEqual(['1'])
  })
})

describe('a commit of offsets', () => {
  it('is retried when its answer is lost, and rejects what is refused', async () => {
    const rig = await rigWith()
    const member = new Member(await rig.transport())
    await settle()
    rig.log.faults.at('offset-commit:after', { kind: 'lose-answer' })
    await rig.run(member.consumer.commit([at('t', 0, 5)], member.handle!))
    expect(await member.consumer.committed([{ topic: 't', partition: 0 }])).toEqual([at('t', 0, 5)])
    rig.log.faults.at('offset-commit:before', { kind: 'fail', error: refusedError })
    await expect(member.consumer.commit([at('t', 0, 6)], member.handle!)).rejects.toBe(refusedError)
  })
})

describe('a crash', () => {
  it('leaves every call unanswered and every listener uncalled', async () => {
    const rig = await rigWith()
    const transport = await rig.transport()
    const member = new Member(transport)
    await settle()
    await member.consumer.poll({ maxWaitMs: 0 })
    const answered: string[] = []
    const note = (what: string, promise: Promise<unknown>): void => {
      const settled = (): void => {
        answered.push(what)
      }
      void promise.then(settled, settled)
    }
    const producer = transport.producer({ deliveryTimeoutMs: 1_000 })
    rig.log.faults.at('produce:after', { kind: 'hold' })
    note('send', producer.send(one('1')))
    await settle()
    member.consumer.seek([at('t', 0, 1)])
    note('poll', member.consumer.poll({ maxWaitMs: 1_000 }))
    await settle()
    rig.log.crash(transport)
    note('send afterwards', producer.send(one('2')))
    note('commit afterwards', member.consumer.commit([at('t', 0, 1)], member.handle!))
    const other = await rig.transport()
    await rig.clock.advance(60_000)
    expect(answered).toEqual([])
    expect(member.events).toEqual(['assign t0 @1'])
    expect(rig.log.describeGroup('g').memberIds).toEqual([])
    expect(contents(rig)).toEqual(['1'])
    await transport.close()
    await other.close()
  })
})

describe('a transport', () => {
  it('leaves no timer behind when everything is closed', async () => {
    const rig = await rigWith()
    const transport = await rig.transport()
    const member = new Member(transport)
    const reader = read(transport, 'read_committed')
    reader.assign([at('t', 0, 0)])
    void reader.poll({ maxWaitMs: 50_000 })
    void member.consumer.poll({ maxWaitMs: 50_000 })
    await settle()
    const killed = await rig.transport()
    new Member(killed)
    await rig.clock.advance(1_000)
    rig.log.crash(killed)
    const closing = transport.close()
    await settle()
    await closing
    expect(rig.clock.timers).toBe(0)
  })

  it('refuses to be used before it is open, to open while the log is away, and after it is closed', async () => {
    const rig = await rigWith()
    const transport = memory({ log: rig.log })
    expect(() => transport.admin()).toThrow(expect.objectContaining({ code: 'STREAM_STATE_INVALID' }))
    rig.log.setAvailable(false)
    await expect(transport.open({ log: () => {} })).rejects.toMatchObject({
      code: 'STREAM_BROKER_UNAVAILABLE',
      retryable: true,
    })
    rig.log.setAvailable(true)
    await transport.open({ log: () => {} })
    await transport.close()
    expect(() => transport.admin()).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }))
  })
})

describe('an admin', () => {
  it('refuses what a broker refuses, with what to do', async () => {
    const admin = (await new Rig().transport()).admin()
    const wrong = [
      { name: 'a b', partitions: 1, replicationFactor: -1, configs: {} },
      { name: 'a', partitions: 0, replicationFactor: -1, configs: {} },
      { name: 'a', partitions: 1, replicationFactor: 3, configs: {} },
      { name: 'a', partitions: 1, replicationFactor: -1, configs: { 'cleanup.policy': 'shrink' } },
      { name: 'a', partitions: 1, replicationFactor: -1, configs: { 'retention.msec': '1' } },
      { name: 'a', partitions: 1, replicationFactor: -1, configs: { 'retention.ms': 'soon' } },
    ]
    for (const spec of wrong) {
      await expect(admin.createTopics([spec])).rejects.toMatchObject({ code: 'STREAM_BROKER_REFUSED' })
    }
    expect((await admin.describeTopics(['a'])).size).toBe(0)
  })

  it('deletes nothing when one of the offsets is outside of its log', async () => {
    const rig = await rigWith()
    rig.log.createTopic({ name: 'u' })
    await (await rig.producer()).send(one('1'))
    const admin = (await rig.transport()).admin()
    await expect(admin.deleteRecords([at('t', 0, 1), at('u', 0, 1)])).rejects.toMatchObject({
      code: 'STREAM_OFFSET_OUT_OF_RANGE',
    })
    expect(contents(rig)).toEqual(['1'])
    await admin.deleteRecords([at('t', 0, 1)])
    expect(rig.log.offsets('t', 0)).toEqual({ start: 1, stable: 1, end: 1 })
  })
})

describe('a latency', () => {
  it('delays every call by what the random source draws, in order', async () => {
    const rig = new Rig({ latencyMs: { min: 5, max: 50 } })
    rig.log.createTopic({ name: 't' })
    const producer = await rig.producer()
    const sends = Promise.all(['1', '2', '3'].map((value) => producer.send(one(value))))
    await settle()
    expect(contents(rig)).toEqual([])
    await rig.run(sends)
    expect(rig.clock.monotonicMs()).toBeGreaterThan(10)
    expect(contents(rig)).toEqual(['1', '2', '3'])
  })
})

describe('memory:// strings', () => {
  it('share one log per name', async () => {
    const logOf = (url: string): unknown => (adapter.fromUrl(url) as MemoryTransport).log
    expect(logOf('memory://')).toBe(memory().log)
    expect(logOf('memory://orders')).toBe(memory({ log: 'orders' }).log)
    expect(logOf('memory://orders')).not.toBe(logOf('memory://'))
  })

  it('refuse what they do not know', () => {
    const wrong = [
      'memory://x?snapshoot=a',
      'memory://x/y',
      'memory://u:p@x',
      'memory://x:9092',
      'kafka://x',
      'memory://x?snapshot=',
    ]
    for (const url of [
      ...wrong,
      'memory://x?snapshotIntervalMs=5',
      'memory://x?snapshot=a&snapshotIntervalMs=0',
      'nonsense',
    ]) {
      expect(() => adapter.fromUrl(url)).toThrow(expect.objectContaining({ code: 'STREAM_CONFIG_INVALID' }))
    }
  })

  it('do not repeat a password in their error', () => {
    expect(() => adapter.fromUrl('memory://u:secret@x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })
})
