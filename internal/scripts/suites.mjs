/**
 * Every suite of tests in the repository. A test file belongs to exactly one of them, by where it lies and how it is named:
 *
 * - `*.slow.test.ts` is a slow one,
 * - `packages/<name>/test/kafka/`, `examples/<name>/test/kafka/`, `packages/transport-kafkajs/test/`, `packages/tests/kafka/`,
 *   `packages/tests/chaos/`, `internal/kafka-harness/` and `internal/fault-proxy/` need a real Kafka,
 * - `packages/tests/` is the behavioural suite, `internal/` and `examples/` are tools and examples,
 * - `packages/transport-rdkafka/test/` and `packages/tests/test/rdkafka/` need a real Kafka and node-rdkafka's binary,
 * - everything else is a unit test.
 *
 * @typedef {'kafka' | 'rdkafka'} Component
 *
 * @typedef {object} Suite
 * @property {string} name Also the name of the vitest project.
 * @property {readonly string[]} include Patterns of its files.
 * @property {readonly string[]} exclude Patterns of files that another suite takes.
 * @property {readonly Component[]} needs Components without which it cannot run.
 * @property {number} timeBudgetMs A suite that is still running then is ended and counts as failed.
 * @property {boolean} fast Whether it also runs on the newest Node.
 */

const slow = '**/*.slow.test.ts'

const kafkaFolders = [
  'packages/*/test/kafka',
  'packages/tests/{kafka,chaos}',
  'packages/transport-kafkajs/test',
  'internal/{kafka-harness,fault-proxy}',
  'examples/*/test/kafka',
]
const kafka = kafkaFolders.map((folder) => `${folder}/**/*.test.ts`)

const rdkafkaFolders = ['packages/transport-rdkafka/test', 'packages/tests/test/rdkafka']
const rdkafka = rdkafkaFolders.map((folder) => `${folder}/**/*.test.ts`)

/** @type {readonly Suite[]} */
export const suites = [
  {
    name: 'unit',
    include: ['packages/*/{src,test}/**/*.test.ts'],
    exclude: ['packages/tests/**', ...kafka, ...rdkafka, slow],
    needs: [],
    timeBudgetMs: 120_000,
    fast: true,
  },
  {
    name: 'behaviour',
    include: ['packages/tests/**/*.test.ts'],
    exclude: [...kafka, ...rdkafka, slow],
    needs: [],
    timeBudgetMs: 180_000,
    fast: true,
  },
  {
    name: 'tools-and-examples',
    include: ['internal/*/**/*.test.ts', 'examples/*/**/*.test.ts'],
    exclude: [...kafka, slow],
    needs: [],
    timeBudgetMs: 60_000,
    fast: true,
  },
  {
    name: 'slow',
    include: [slow],
    exclude: [...kafka, ...rdkafka],
    needs: [],
    timeBudgetMs: 240_000,
    fast: false,
  },
  {
    name: 'kafka',
    include: kafka,
    exclude: [slow],
    needs: ['kafka'],
    timeBudgetMs: 960_000,
    fast: false,
  },
  {
    name: 'kafka-slow',
    include: kafkaFolders.map((folder) => `${folder}/${slow}`),
    exclude: [],
    needs: ['kafka'],
    timeBudgetMs: 120_000,
    fast: false,
  },
  {
    name: 'rdkafka',
    include: rdkafka,
    exclude: [slow],
    needs: ['kafka', 'rdkafka'],
    timeBudgetMs: 420_000,
    fast: false,
  },
]
