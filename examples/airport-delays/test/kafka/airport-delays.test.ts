// Needs Java and Maven: a real Kafka is started. Runs what is built, since its workers are processes of their own.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type KafkaBroker, sharedKafka } from '@stream-internal/kafka-harness'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
let kafka: KafkaBroker

beforeAll(async () => {
  kafka = await sharedKafka()
})

afterAll(() => kafka.close())

describe('the demo on Kafka, by one changed value', () => {
  it('gives every row that a plain loop over the file gives, though its worker is killed by SIGKILL again and again', async () => {
    const { code, output } = await run({ STREAM_TRANSPORT: `kafkajs://${kafka.brokers.join(',')}` })
    expect(output).toContain('20,000 flights go through Kafka')
    for (const step of ['committing', 'committed', 'in transaction', 'frozen', 'applying', 'applied'])
      expect(output).toContain(`(${step})`)
    expect(output).toMatch(
      /Every row .* 220 airports in the table, 20,000 changes of them, 290 long delays\. None lost, none doubled; 6 crashes/,
    )
    expect(code).toBe(0)
  }, 90_000)

  it('does so with its tables in RocksDB, which a killed worker leaves to the next one', async () => {
    const state = mkdtempSync(join(tmpdir(), 'stream-demo-'))
    onTestFinished(() => rmSync(state, { recursive: true, force: true }))
    const env = { STREAM_TRANSPORT: `kafkajs://${kafka.brokers.join(',')}`, STREAM_STORE: `rocksdb://${state}` }
    const { code, output } = await run(env)
    expect(output).toContain('20,000 flights go through Kafka, tables in rocksdb')
    expect(output).toMatch(/Every row .* None lost, none doubled; 6 crashes/)
    expect(code).toBe(0)
  }, 90_000)

  it('says so where there is no broker, and fails', async () => {
    const { code, output } = await run({ STREAM_TRANSPORT: 'kafkajs://127.0.0.1:1' })
    expect(output).toContain('127.0.0.1:1')
    expect(code).toBe(1)
  }, 60_000)
})

async function run(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
