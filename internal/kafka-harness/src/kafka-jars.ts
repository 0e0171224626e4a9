import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './run-command.ts'
import { withLock } from './with-lock.ts'

/** Root of the repository, seen from `src/` and from `dist/`. */
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const pomFile = fileURLToPath(new URL('../pom.xml', import.meta.url))

/** Version of Kafka the harness runs: what its pom says. */
export function kafkaVersion(): string {
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(pomFile, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${pomFile} names no version of kafka_2.13`)
  return version
}

/** The directory where everything resolved for this version of Kafka is kept; ignored by git, safe to delete. */
export function cacheDirectory(): string {
  return join(repository, '.cache', `kafka-${kafkaVersion()}`)
}

/**
 * Makes sure Kafka's jars are in the cache, resolving them by Maven the first time, and returns a Java class path of them.
 * Processes that ask at the same time wait for the first one.
 */
export async function kafkaClassPath(): Promise<string> {
  const jars = join(cacheDirectory(), 'jars')
  if (!existsSync(jars)) await withLock(join(cacheDirectory(), 'resolve.lock'), () => resolveJars(jars))
  return join(jars, '*')
}

/** Path of one of Kafka's jars, for example of `kafka-clients`; resolves them first where that is needed. */
export async function kafkaJar(artifact: string): Promise<string> {
  await kafkaClassPath()
  return join(cacheDirectory(), 'jars', `${artifact}-${kafkaVersion()}.jar`)
}

async function resolveJars(jars: string): Promise<void> {
  if (existsSync(jars)) return
  const unfinished = `${jars}-${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
  try {
    await runCommand('mvn', ['-q', '-B', '-f', pomFile, ...goal])
    renameSync(unfinished, jars)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}
