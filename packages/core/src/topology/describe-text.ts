import type { DescribedConsumer, DescribedTopic, TopologyDescription } from './describe.ts'

/** A topology for reading in a terminal. */
export function describeAsText(topology: TopologyDescription): string {
  const topics = new Map(topology.topics.map((topic) => [topic.name, topic]))
  const lines = [`app ${topology.app}${topology.version === undefined ? '' : ` ${topology.version}`}`]
  for (const sub of topology.subTopologies) {
    lines.push('', `sub-topology ${sub.id}${sub.tasks === undefined ? '' : ` (${counted(sub.tasks, 'task')})`}`)
    for (const name of sub.sources) lines.push(`  reads   ${topicLine(topics.get(name), name)}`)
    for (const name of sub.channels) lines.push(`  channel ${name}`)
    for (const { name, changelog } of sub.tables) lines.push(`  table   ${name}  (changelog ${changelog})`)
    for (const consumer of sub.consumers) lines.push(...consumerLines(consumer))
  }
  const outputs = topology.topics.filter(({ name, role }) => role !== 'changelog' && !isSource(topology, name))
  if (outputs.length > 0) lines.push('', 'other topics')
  for (const topic of outputs) lines.push(`  ${topicLine(topic, topic.name)}`)
  return `${lines.join('\n')}\n`
}

function isSource(topology: TopologyDescription, topic: string): boolean {
  return topology.subTopologies.some(({ sources }) => sources.includes(topic))
}

function topicLine(topic: DescribedTopic | undefined, name: string): string {
  if (topic === undefined) return name
  const count = topic.partitions === undefined ? '' : `, ${counted(topic.partitions, 'partition')}`
  const role = topic.role === 'user' ? '' : `, ${topic.role}`
  return `${name}  (${topic.key} -> ${topic.value}, ${topic.partitioner}${count}${role})`
}

function consumerLines(consumer: DescribedConsumer): readonly string[] {
  const path = [consumer.source, ...consumer.steps].join(' | ')
  const lines = [`  ${consumer.kind.padEnd(7)} ${consumer.name}: ${path}`]
  if (consumer.tables.length > 0) lines.push(`          uses ${consumer.tables.join(', ')}`)
  if (consumer.outputs.length > 0) lines.push(`          writes ${consumer.outputs.join(', ')}`)
  return lines
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
