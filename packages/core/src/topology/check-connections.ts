import type { ConsumerDeclaration } from './consumer.ts'
import type { DeclarationProblem } from './declaration-problem.ts'
import type { AppDeclarations } from './declarations-of-app.ts'
import { groups } from './sub-topologies.ts'

/** What does not fit together: parts that are used but not declared, declared but not reachable, or that lead nowhere. */
export function checkConnections(app: AppDeclarations): readonly DeclarationProblem[] {
  const found: string[] = []
  if (app.consumers.length === 0)
    found.push('there is nothing to run; declare an agent, a handler, or a stream that ends in something')
  const topics = new Set(app.topics.map(({ name }) => name))
  const channels = new Set(app.channels.map(({ name }) => name))
  const tables = new Set(app.tables.map(({ name }) => name))
  const globals = new Set(app.globalTables?.map(({ name }) => name))
  for (const consumer of app.consumers) {
    const who = `${consumer.kind} "${consumer.name}"`
    for (const target of [consumer.source, ...consumer.outputs]) {
      const does = target === consumer.source ? 'reads' : 'sends to'
      if (target.kind === 'channel' ? channels.has(target.name) : target.role !== 'user' || topics.has(target.name))
        continue
      found.push(
        `${who} ${does} ${target.kind} "${target.name}", which this app does not declare; make it with app.${target.kind}()`,
      )
    }
    for (const table of consumer.tables) {
      if (!tables.has(table.name)) {
        found.push(`${who} uses table "${table.name}", which this app does not declare; make it with app.table()`)
      }
    }
    for (const { name } of consumer.globalTables ?? []) {
      if (globals.has(name)) continue
      found.push(`${who} uses global table "${name}", which this app does not declare; make it with app.globalTable()`)
    }
  }
  for (const { name, topic } of app.globalTables ?? []) {
    if (topic.role === 'user' && topics.has(topic.name)) continue
    found.push(
      `global table "${name}" reads topic "${topic.name}", which is none that this app declares; make it with app.topic()`,
    )
  }
  found.push(...unusedTables(app), ...brokenChannels(app))
  return found.map((message) => ({ kind: 'topology', message }))
}

function unusedTables(app: AppDeclarations): readonly string[] {
  const used = new Set(app.consumers.flatMap((consumer) => consumer.tables.map(({ name }) => name)))
  return app.tables
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => `table "${name}" belongs to no agent or handler; list it in the tables of one, or remove it`)
}

/** A message lives inside the record that caused it, so every channel needs a reader, and a topic somewhere above it. */
function brokenChannels(app: AppDeclarations): readonly string[] {
  const found: string[] = []
  const read = new Set(app.consumers.filter(({ source }) => source.kind === 'channel').map(({ source }) => source.name))
  const written = new Set(
    app.consumers.flatMap(({ outputs }) => outputs.filter(({ kind }) => kind === 'channel').map(({ name }) => name)),
  )
  for (const { name } of app.channels) {
    if (!read.has(name)) found.push(`channel "${name}" has no reader; give it to an agent or a handler as its source`)
    else if (!written.has(name))
      found.push(`channel "${name}" has no sender; list it in the outputs of an agent or a handler`)
  }
  for (const group of groups(app.consumers)) {
    if (group.some(({ source }) => source.kind === 'topic' || !written.has(source.name))) continue
    found.push(`${namesOf(group)} only send to each other; none of them reads a topic, so none ever gets a record`)
  }
  return found
}

function namesOf(group: readonly ConsumerDeclaration[]): string {
  return group.map(({ kind, name }) => `${kind} "${name}"`).join(' and ')
}
