import assert from 'node:assert/strict'
import { refuses } from '../kit/index.ts'
import { flagCase, type TransportGroup } from './transport-case.ts'

export const adminCases: TransportGroup = {
  title: 'admin',
  cases: [
    {
      title: 'creates topics with the partitions asked for, ready to be used',
      async run(lab) {
        const admin = (await lab.transport()).admin()
        const specs = [1, 3].map((partitions) => ({
          name: lab.name('topic'),
          partitions,
          replicationFactor: -1,
          configs: {},
        }))
        await admin.createTopics(specs)
        for (const { name, partitions } of specs) await lab.produce(name, partitions - 1, ['at once'])
        const found = await admin.describeTopics(specs.map(({ name }) => name))
        assert.deepEqual(
          specs.map(({ name }) => [found.get(name)?.name, found.get(name)?.partitions]),
          specs.map(({ name, partitions }) => [name, partitions]),
        )
      },
    },
    {
      title: 'leaves missing topics out of the description',
      async run(lab) {
        const topic = await lab.topic(2)
        const admin = (await lab.transport()).admin()
        const found = await admin.describeTopics([lab.name('missing'), topic])
        assert.deepEqual([...found.keys()], [topic])
        assert.equal((await admin.describeTopics([])).size, 0)
      },
    },
    {
      title: 'describing or reading a missing topic does not create it',
      async run(lab) {
        const missing = lab.name('missing')
        const admin = (await lab.transport()).admin()
        await admin.describeTopics([missing])
        const reader = await lab.reader()
        reader.assign([{ topic: missing, partition: 0, offset: 0 }])
        await reader.poll({ maxWaitMs: lab.timing.quietMs })
        assert.equal((await admin.describeTopics([missing])).size, 0)
      },
    },
    {
      title: 'leaves a topic that exists alone, and creates the others of the same call',
      async run(lab) {
        const topic = await lab.topic(2)
        const fresh = lab.name('topic')
        await lab.produce(topic, 1, ['kept'])
        const admin = (await lab.transport()).admin()
        const spec = { partitions: 5, replicationFactor: -1, configs: {} }
        await admin.createTopics([
          { name: topic, ...spec },
          { name: fresh, ...spec },
        ])
        const found = await admin.describeTopics([topic, fresh])
        assert.deepEqual([found.get(topic)?.partitions, found.get(fresh)?.partitions], [2, 5])
        assert.deepEqual((await lab.read(topic, 1)).values, ['kept'])
      },
    },
    {
      title: 'lets two create the same topic at the same time',
      async run(lab) {
        const name = lab.name('topic')
        const spec = { name, partitions: 2, replicationFactor: -1, configs: {} }
        const admins = [(await lab.transport()).admin(), (await lab.anotherTransport()).admin()]
        await Promise.all(admins.map((admin) => admin.createTopics([spec])))
        assert.equal((await admins[0]?.describeTopics([name]))?.get(name)?.partitions, 2)
      },
    },
    flagCase(
      'describeConfigs',
      'describes topic configs with their effective values',
      async (lab) => {
        const topic = await lab.topic(1, { 'cleanup.policy': 'compact', 'retention.ms': '123456789' })
        const found = await (await lab.transport()).admin().describeTopics([topic])
        const configs = found.get(topic)?.configs ?? {}
        assert.equal(configs['cleanup.policy'], 'compact')
        assert.equal(configs['retention.ms'], '123456789')
        assert.ok(Number(configs['max.message.bytes']) > 0, 'defaults are effective values too')
      },
      async (lab) => {
        const topic = await lab.topic()
        const found = await (await lab.transport()).admin().describeTopics([topic])
        assert.equal(found.get(topic)?.configs, undefined)
      },
    ),
    flagCase(
      'deleteRecords',
      'removes records below an offset, and none above it',
      async (lab) => {
        const topic = await lab.topic(2)
        for (const partition of [0, 1]) await lab.produce(topic, partition, ['a', 'b', 'c', 'd'])
        const transport = await lab.transport()
        await transport.admin().deleteRecords([{ topic, partition: 0, offset: 3 }])
        const reader = await lab.reader()
        const starts = await reader.startOffsets([0, 1].map((partition) => ({ topic, partition })))
        assert.deepEqual(
          starts.map(({ offset }) => offset),
          [3, 0],
        )
        assert.deepEqual((await lab.read(topic, 0, 'read_committed', 3)).values, ['d'])
        assert.equal((await lab.read(topic, 1)).values.length, 4)
      },
      async (lab) => {
        const topic = await lab.topic()
        const admin = (await lab.transport()).admin()
        await refuses('STREAM_NOT_SUPPORTED', 'deleteRecords()', () =>
          admin.deleteRecords([{ topic, partition: 0, offset: 0 }]),
        )
      },
    ),
  ],
}
