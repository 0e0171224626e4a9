/**
 * The program under trial: three ways of counting what comes in, each with a table and an output from which order per key, loss and
 * doubling can be told. It runs as a process of its own on the built packages, takes its options as JSON, and speaks with the trial over
 * the channel of `fork`.
 */
import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { App, json, retry, string } from '@stream/core'
import { memory } from '@stream/store-memory'
import { kafkajs } from '@stream/transport-kafkajs'

/**
 * @typedef {import('./worker-options.ts').WorkerOptions} WorkerOptions
 * @typedef {import('./worker-options.ts').Fault} Fault
 * @typedef {import('./worker-options.ts').WorkerReport} WorkerReport
 * @typedef {{ n: number, key: string, amount: number, group: string }} Input
 * @typedef {{ count: number, sum: number }} Row
 */

/** @type {WorkerOptions} */
const options = JSON.parse(process.argv[2] ?? '')
const { topics } = options
/** @type {Fault | undefined} */
let fault = options.fault
const kept = { 'retention.ms': '-1' }

/** @param {WorkerReport} report */
function tell(report) {
  process.send?.(report)
}

/** @param {Fault} due Written before the signal, so that the trial knows it was this seam. */
function strike({ step, signal }) {
  appendFileSync(options.hitsFile, `${step}\n`)
  process.kill(process.pid, signal)
}

/** @param {string} step */
function meet(step) {
  if (fault === undefined || fault.step !== step || fault.after-- > 0) return
  const due = fault
  fault = undefined
  if (due.delayMs === undefined) strike(due)
  else setTimeout(() => strike(due), due.delayMs)
}

// Requests begin with their length and their API key; 26 is EndTxn. Nothing is changed of what is written.
const endTxn = 26
const write = Socket.prototype.write
/**
 * The overloads of `write` do not matter to who only passes them on.
 *
 * @type {any}
 * @this {Socket}
 */
const watched = function (/** @type {any} */ ...args) {
  const [bytes] = args
  if (Buffer.isBuffer(bytes) && bytes.length > 6 && bytes.readInt16BE(4) === endTxn) meet('ending')
  return Reflect.apply(write, this, args)
}
Socket.prototype.write = watched

function connect() {
  const transport = kafkajs({ brokers: options.brokers })
  if (options.ignoresFencing !== true) return transport
  const honest = transport.committer.bind(transport)
  transport.committer = (committerOptions) => {
    const committer = honest(committerOptions)
    const commit = committer.commit.bind(committer)
    const producer = transport.producer({ deliveryTimeoutMs: 10_000 })
    committer.commit = async (request) => {
      const outcome = await commit(request)
      if (outcome.kind === 'fenced') await producer.send(request.out)
      return outcome
    }
    return committer
  }
  return transport
}

const app = new App({
  id: options.appId,
  transport: connect(),
  store: memory(),
  guarantee: options.guarantee,
  settings: {
    ...(options.workerId === undefined ? {} : { workerId: options.workerId }),
    commitIntervalMs: 100,
    sessionTimeoutMs: options.sessionTimeoutMs,
    heartbeatIntervalMs: 300,
    rebalanceTimeoutMs: 6_000,
    transactionTimeoutMs: 5_000,
    fetchWaitMs: 100,
    drainTimeoutMs: 10_000,
    repartitionPurgeIntervalMs: 1_000,
  },
  sensors: [
    {
      name: 'trial',
      onCutStep: ({ step }) => meet(step),
      onCutEnd: ({ outcome, error }) => {
        if (outcome !== 'committed') tell({ kind: 'cut', outcome, cause: String(error) })
      },
      onRebalance: ({ kind }) => tell({ kind: 'rebalance', what: kind }),
      onError: ({ error, consequence }) => {
        if (consequence !== 'retry') tell({ kind: 'line', line: `${consequence}: ${error}` })
      },
    },
  ],
  log: (level, message) => tell({ kind: 'line', line: `${level} ${message}` }),
})
app.on('state', ({ to, failure }) => tell({ kind: 'line', line: `state ${to} ${failure ?? ''}` }))

/** @type {import('@stream/core').Serde<Input>} */
const inputs = json()
/** @type {import('@stream/core').Serde<Row>} */
const rows = json()
/** @type {import('@stream/core').Serde<Row & { n: number, key: string, total?: number }>} */
const outputs = json()
const empty = () => ({ count: 0, sum: 0 })
const input = app.topic(topics.input, { key: string(), value: inputs })
const orderedOut = app.topic(topics.ordered, { key: string(), value: outputs, configs: kept })
const asyncOut = app.topic(topics.async, { key: string(), value: outputs, configs: kept })
const groupedOut = app.topic(topics.grouped, { key: string(), value: outputs, configs: kept })
const ordered = app.table('ordered', { key: string(), value: rows, default: empty })
const asynced = app.table('async', { key: string(), value: rows, default: empty })
const grouped = app.table('grouped', { key: string(), value: rows, default: empty })
const tables = { ordered, async: asynced, grouped }

/** @param {number} amount @returns {(row: Readonly<Row>) => Row} */
const adding = (amount) => (row) => ({ count: row.count + 1, sum: row.sum + amount })

app.agent('ordered', { source: input, tables: { ordered }, outputs: [orderedOut] }, async (stream, { ordered }) => {
  for await (const event of stream.events()) {
    const { n, key, amount } = event.value
    const row = await ordered.update(key, adding(amount))
    event.send(orderedOut, { key, value: { n, key, ...row } })
  }
})

// Takes its time, fails now and then, and sometimes writes a row that all keys of the partition share.
app.handler(
  'async',
  {
    source: input,
    tables: { asynced },
    outputs: [asyncOut],
    concurrency: 16,
    onError: retry({ attempts: 50, backoffMs: 1 }),
  },
  async ({ n, amount }, event, { asynced }) => {
    if (Math.random() < 0.3) await delay(Math.random() * 5)
    const isShared = n % 16 === 0
    const totalKey = options.totalKeys[event.partition] ?? ''
    const total = isShared ? (await asynced.update(totalKey, adding(amount))).count : undefined
    if (Math.random() < 0.01) throw new Error('fails now and then')
    const row = await asynced.update(event.key, adding(amount))
    event.send(asyncOut, {
      key: event.key,
      value: { n, key: event.key, ...row, ...(total === undefined ? {} : { total }) },
    })
    if (Math.random() < 0.3) await delay(Math.random() * 5)
  },
)

const groups = app.stream(input).groupBy('groups', ({ group }) => group)
app.agent('grouped', { source: groups, tables: { grouped }, outputs: [groupedOut] }, async (stream, { grouped }) => {
  for await (const event of stream.events()) {
    const { n, key, amount } = event.value
    const row = await grouped.update(event.key, adding(amount))
    event.send(groupedOut, { key: event.key, value: { n, key, ...row } })
  }
})

/** What the app of the worker holds: the rows of its tables as queries from outside see them. */
async function allRows() {
  /** @type {Record<string, [string, Row][]>} */
  const all = {}
  for (const [name, table] of Object.entries(tables)) {
    /** @type {[string, Row][]} */
    const found = []
    for await (const [key, row] of table.queryAll()) found.push([key, row])
    all[name] = found
  }
  return all
}

/** @param {import('./worker-options.ts').WorkerRequest} request */
async function answer(request) {
  if (request.kind === 'arm') fault = request.fault
  else if (request.kind === 'rows') tell({ kind: 'rows', rows: await allRows() })
  else {
    const tasks = app.tasks().map(({ task, state }) => ({ task, state }))
    tell({ kind: 'tasks', state: app.state, tasks })
  }
}

process.on('message', (request) => {
  answer(/** @type {import('./worker-options.ts').WorkerRequest} */ (request)).catch((error) => {
    tell({ kind: 'line', line: `no answer: ${error}` })
    process.exit(3)
  })
})
// The trial is gone.
const orphaned = () => process.exit(2)
process.on('disconnect', orphaned)
await app.run()
process.off('disconnect', orphaned)
process.disconnect?.()
