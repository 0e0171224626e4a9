import type { ConsumerDeclaration, ErrorPolicy } from './consumer.ts'
import type { DeclarationProblem } from './declaration-problem.ts'
import type { ChannelDeclaration, GlobalTableDeclaration, TableDeclaration, TopicDeclaration } from './declarations.ts'
import { deadLetterTopic } from './internal-topics.ts'

/** Everything an app declared, as it was declared. */
export interface AppDeclarations {
  readonly appId: string
  /** Of the program, for descriptions. */
  readonly version?: string | undefined
  /** The user's topics. */
  readonly topics: readonly TopicDeclaration[]
  readonly channels: readonly ChannelDeclaration[]
  readonly tables: readonly TableDeclaration[]
  /** @default [] */
  readonly globalTables?: readonly GlobalTableDeclaration[]
  readonly consumers: readonly ConsumerDeclaration[]
  /** What the makers of the declarations found wrong already. @default [] */
  readonly problems?: readonly DeclarationProblem[]
}

/** The dead-letter topic that a policy ends in; undefined where it ends in another way. */
export function deadLetterTopicOf(
  appId: string,
  policy: ErrorPolicy,
): TopicDeclaration<Uint8Array, Uint8Array> | undefined {
  if (policy.kind === 'retry') return deadLetterTopicOf(appId, policy.then)
  return policy.kind === 'dead-letter' ? (policy.topic ?? deadLetterTopic(appId)) : undefined
}

/** Topics that a consumer writes by itself: its outputs and its dead-letter topic. */
export function writtenBy(appId: string, consumer: ConsumerDeclaration): readonly TopicDeclaration[] {
  const topics = consumer.outputs.filter((output) => output.kind === 'topic')
  const deadLetter = deadLetterTopicOf(appId, consumer.onError)
  return deadLetter === undefined ? topics : [...topics, deadLetter]
}

/** Topics that a consumer reads or writes by itself, changelogs aside. */
export function topicsOf(appId: string, consumer: ConsumerDeclaration): readonly TopicDeclaration[] {
  const written = writtenBy(appId, consumer)
  return consumer.source.kind === 'topic' ? [consumer.source, ...written] : written
}

/** Each topic once by name, declared ones first, then repartition topics, changelogs and dead-letter topics as they are met. */
export function allTopics(app: AppDeclarations): readonly TopicDeclaration[] {
  const topics = new Map<string, TopicDeclaration>()
  const add = (topic: TopicDeclaration): void => {
    if (!topics.has(topic.name)) topics.set(topic.name, topic)
  }
  app.topics.forEach(add)
  for (const consumer of app.consumers) topicsOf(app.appId, consumer).forEach(add)
  for (const table of app.tables) add(table.changelog)
  return [...topics.values()]
}
