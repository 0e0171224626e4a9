import { startKafka } from '../dist/index.js'

// Starts a node, says where it is, and never closes it: it stays until it is killed, or leaves at once, as its argument says.
const broker = await startKafka()
const directory = /log\.dirs = (\S+)\/data/.exec(broker.logTail(10_000))?.[1]
process.stdout.write(`${JSON.stringify({ pid: broker.pid, directory })}\n`)
if (process.argv[2] === 'stay') setInterval(() => undefined, 1_000)
if (process.argv[2] === 'crash') throw new Error('as a test that fails badly')
