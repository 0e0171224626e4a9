import { startKafka } from '../src/index.ts'

// Starts a node, says where it is, and never closes it. The test kills this program, or lets it end by itself.
const broker = await startKafka()
process.stdout.write(`${JSON.stringify({ pid: broker.pid })}\n`)
if (process.argv[2] === 'stay') setInterval(() => undefined, 1_000)
