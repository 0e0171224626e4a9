import { json, string } from '../../src/serde/index.ts'
import { declareTable, type TableOptions } from '../../src/table/index.ts'
import {
  type AppDeclarations,
  type ConsumerDeclaration,
  declareTopic,
  type TableDeclaration,
  type Topic,
  type TopicOptions,
} from '../../src/topology/index.ts'

/** A topic with string keys. */
export function topic(name: string, options: TopicOptions<string, unknown> = {}): Topic<string, unknown> {
  return declareTopic<string, unknown>(name, { key: string(), value: json(), ...options })
}

/** A table of app `app`. */
export function table(name: string, options: Partial<TableOptions<string, number>> = {}): TableDeclaration {
  return declareTable<string, number>('app', name, { key: string(), value: json<number>(), ...options })
}

/** A consumer that never runs. */
export function consumer(
  name: string,
  source: ConsumerDeclaration['source'],
  rest: Partial<ConsumerDeclaration> = {},
): ConsumerDeclaration {
  return {
    name,
    kind: 'handler',
    source,
    tables: [],
    outputs: [],
    onError: { kind: 'stop' },
    concurrency: 1,
    steps: [],
    create: () => ({ process: () => undefined, close: () => undefined }),
    ...rest,
  }
}

/** An app made of its consumers; topics of role `user` that they name are declared with it. */
export function app(consumers: readonly ConsumerDeclaration[], rest: Partial<AppDeclarations> = {}): AppDeclarations {
  const targets = consumers.flatMap(({ source, outputs }) => [source, ...outputs])
  return {
    appId: 'app',
    topics: [...new Set(targets.filter((target) => target.kind === 'topic' && target.role === 'user'))] as Topic<
      never,
      never
    >[],
    channels: [...new Set(targets.filter((target) => target.kind === 'channel'))],
    tables: [...new Set(consumers.flatMap(({ tables }) => tables))],
    consumers,
    ...rest,
  }
}
