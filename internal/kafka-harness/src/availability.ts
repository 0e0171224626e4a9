import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDirectory } from './kafka-jars.ts'
import { runCommand } from './run-command.ts'

/** Whether a real Kafka can be had on this machine. */
export interface KafkaAvailability {
  readonly available: boolean
  /** What makes it available, or what is missing and how to get it. */
  readonly reason: string
}

const minimumJava = 17

/** Tells whether `startKafka` can work here: `KAFKA_BROKERS` is set, or Java 17+ and Maven (or its earlier result) are there. */
export async function kafkaAvailability(): Promise<KafkaAvailability> {
  const external = process.env.KAFKA_BROKERS
  if (external) return { available: true, reason: `KAFKA_BROKERS names ${external}` }
  const java = await javaVersion()
  if (java === undefined) {
    return { available: false, reason: `no Java: install a JRE ${minimumJava} or newer, or set KAFKA_BROKERS` }
  }
  if (java < minimumJava) {
    return { available: false, reason: `Java ${java} is too old for Kafka: install ${minimumJava} or newer` }
  }
  if (existsSync(join(cacheDirectory(), 'jars')))
    return { available: true, reason: `Java ${java}, jars already resolved` }
  try {
    await runCommand('mvn', ['-v'])
    return { available: true, reason: `Java ${java} and Maven` }
  } catch {
    return { available: false, reason: 'no Maven to resolve Kafka with: install mvn, or set KAFKA_BROKERS' }
  }
}

async function javaVersion(): Promise<number | undefined> {
  try {
    const output = await runCommand('java', ['-version'])
    const major = /version "(\d+)/.exec(output)?.[1]
    return major === undefined ? undefined : Number(major)
  } catch {
    return undefined
  }
}
