import type { ConsumerDeclaration, ErrorPolicy } from './consumer.ts'
import type { DeclarationProblem } from './declaration-problem.ts'
import type { TopicDeclaration } from './declarations.ts'
import { type AppDeclarations, topicsOf } from './declarations-of-app.ts'
import { topicDifferences } from './topic-differences.ts'
import { topicNameProblem } from './topic-name.ts'

/** What is wrong with the declarations one by one: names, numbers, duplicates. */
export function checkDeclarations(app: AppDeclarations): readonly DeclarationProblem[] {
  const found: string[] = []
  const idProblem = topicNameProblem(app.appId)
  if (idProblem !== undefined) found.push(`the app's id ${quoted(app.appId)} ${idProblem}, since it begins topic names`)
  checkNames('topic', new Set(app.topics.map((topic) => topic.name)), found)
  checkNames('channel', namesOf('channel', app.channels, found), found)
  checkNames('consumer', namesOf('consumer', app.consumers, found), found)
  const tableNames = namesOf('table', [...app.tables, ...(app.globalTables ?? [])], found)
  checkNames('table', tableNames, found)
  for (const table of app.tables) {
    const problem = topicNameProblem(table.changelog.name)
    if (problem !== undefined && topicNameProblem(table.name) === undefined && idProblem === undefined) {
      found.push(`table ${quoted(table.name)}: its changelog ${quoted(table.changelog.name)} ${problem}`)
    }
  }
  const topicNames = new Set(app.topics.map((topic) => topic.name))
  for (const { name } of app.channels) {
    if (topicNames.has(name)) found.push(`a channel and a topic are both named ${quoted(name)}; rename the channel`)
  }
  for (const consumer of app.consumers) checkConsumer(consumer, found)
  checkTopics(app, found)
  return found.map((message) => ({ kind: 'declaration', message }))
}

function checkNames(what: string, names: Iterable<string>, found: string[]): void {
  for (const name of names) {
    const problem = topicNameProblem(name)
    if (problem !== undefined) found.push(`${what} ${quoted(name)}: the name ${problem}`)
  }
}

function namesOf(what: string, declared: readonly { readonly name: string }[], found: string[]): Set<string> {
  const names = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of declared) (names.has(name) ? twice : names).add(name)
  for (const name of twice) found.push(`two ${what}s are named ${quoted(name)}; give each a name of its own`)
  return names
}

function checkConsumer(consumer: ConsumerDeclaration, found: string[]): void {
  const { concurrency, kind, name } = consumer
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    found.push(`${kind} ${quoted(name)}: concurrency is ${String(concurrency)}; it must be an integer of at least 1`)
  }
  if (!isPolicy(consumer.onError)) {
    found.push(
      `${kind} ${quoted(name)}: onError is not an error policy; call one of stop(), skip(), retry(), deadLetter()`,
    )
  }
}

function isPolicy(policy: ErrorPolicy): boolean {
  if (policy?.kind === 'retry') return isPolicy(policy.then)
  return policy?.kind === 'stop' || policy?.kind === 'skip' || policy?.kind === 'dead-letter'
}

function checkTopics(app: AppDeclarations, found: string[]): void {
  const first = new Map<string, TopicDeclaration>()
  const reported = new Set<string>()
  for (const topic of topicsByUse(app)) {
    const known = first.get(topic.name)
    if (known === undefined) {
      first.set(topic.name, topic)
      checkTopic(topic, found)
      continue
    }
    const differences = known === topic ? [] : topicDifferences(known, topic)
    if (differences.length === 0 || reported.has(topic.name)) continue
    reported.add(topic.name)
    found.push(
      `topic ${quoted(topic.name)} is declared twice, with different ${differences.join(', ')}; declare it once and share it`,
    )
  }
}

/** Internal topics cannot be redeclared by users without a clash being seen, so changelogs are in here too. */
function topicsByUse(app: AppDeclarations): readonly TopicDeclaration[] {
  return [
    ...app.topics,
    ...app.consumers.flatMap((consumer) => topicsOf(app.appId, consumer)),
    ...app.tables.map((table) => table.changelog),
  ]
}

function checkTopic(topic: TopicDeclaration, found: string[]): void {
  const where = `topic ${quoted(topic.name)}`
  if (topic.role === 'repartition' || topic.role === 'dead-letter') checkNames('topic', [topic.name], found)
  for (const field of ['partitions', 'replicationFactor'] as const) {
    const count = topic[field]
    if (count !== undefined && (!Number.isSafeInteger(count) || count < 1)) {
      found.push(`${where}: ${field} is ${String(count)}; it must be an integer of at least 1`)
    }
  }
  for (const side of ['key', 'value'] as const) {
    const serde = topic[side]
    if (typeof serde?.serialize !== 'function' || typeof serde.deserialize !== 'function') {
      found.push(`${where}: its ${side} is not a serde; call one, as in ${side}: json()`)
    }
  }
  for (const [config, value] of Object.entries(topic.configs)) {
    if (typeof value !== 'string') found.push(`${where}: config ${config} must be a string, as Kafka has it`)
  }
}

function quoted(name: unknown): string {
  return typeof name === 'string' ? `"${name}"` : String(name)
}
