import type { ConsumerDeclaration } from './consumer.ts'
import type { AppDeclarations } from './declarations-of-app.ts'
import { DisjointSets } from './disjoint-sets.ts'
import type { SubTopology } from './topology.ts'

/**
 * Consumers that share a source, a table or a channel run in the same task. Each group is named after its first source by name, so that
 * the name holds for as long as the group reads that topic.
 */
export function subTopologies(app: AppDeclarations): readonly SubTopology[] {
  const built = groups(app.consumers).map((consumers) => subTopology(app, consumers))
  return built.sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** Consumers by what they share; written to by a record's own task, a channel binds its senders too. */
export function groups(consumers: readonly ConsumerDeclaration[]): readonly (readonly ConsumerDeclaration[])[] {
  const sets = new DisjointSets<unknown>()
  for (const consumer of consumers) {
    sets.add(consumer)
    sets.join(consumer, `${consumer.source.kind} ${consumer.source.name}`)
    for (const table of consumer.tables) sets.join(consumer, `table ${table.name}`)
    for (const output of consumer.outputs) if (output.kind === 'channel') sets.join(consumer, `channel ${output.name}`)
  }
  const all = new Set<unknown>(consumers)
  return sets.sets().map((set) => set.filter((thing): thing is ConsumerDeclaration => all.has(thing)))
}

function subTopology(app: AppDeclarations, consumers: readonly ConsumerDeclaration[]): SubTopology {
  const declared = new Map(app.topics.map((topic) => [topic.name, topic]))
  const read = consumers.flatMap(({ source }) => (source.kind === 'topic' ? [source] : []))
  const sources = [...new Map(read.map((topic) => [topic.name, declared.get(topic.name) ?? topic])).values()]
  sources.sort((one, other) => (one.name < other.name ? -1 : 1))
  const usedTables = new Set(consumers.flatMap((consumer) => consumer.tables.map((table) => table.name)))
  const usedChannels = new Set(
    consumers.flatMap(({ source, outputs }) =>
      [source, ...outputs].filter(({ kind }) => kind === 'channel').map(({ name }) => name),
    ),
  )
  return Object.freeze({
    id: sources[0]!.name,
    sources,
    channels: app.channels.filter((channel) => usedChannels.has(channel.name)),
    consumers,
    tables: app.tables.filter((table) => usedTables.has(table.name)),
  })
}
