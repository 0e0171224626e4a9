import type { TopologyDescription } from './describe.ts'

/** A topology as a Mermaid flowchart: topics as stadiums, channels as hexagons, tables as cylinders, consumers as boxes. */
export function describeAsMermaid(topology: TopologyDescription): string {
  const ids = new Map<string, string>()
  const idOf = (kind: string, name: string): string => {
    const key = `${kind} ${name}`
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = `n${ids.size}`
    ids.set(key, id)
    return id
  }
  const channels = new Set(topology.subTopologies.flatMap((sub) => sub.channels))
  const target = (name: string): string => (channels.has(name) ? idOf('channel', name) : idOf('topic', name))
  const lines = ['flowchart LR']
  for (const { name, role } of topology.topics) {
    if (role !== 'changelog') lines.push(`  ${idOf('topic', name)}(["${name}"])`)
  }
  for (const [index, sub] of topology.subTopologies.entries()) {
    lines.push(`  subgraph s${index}["${sub.id}"]`)
    for (const name of sub.channels) lines.push(`    ${idOf('channel', name)}{{"${name}"}}`)
    for (const { name } of sub.tables) lines.push(`    ${idOf('table', name)}[("${name}")]`)
    for (const { name, kind, steps } of sub.consumers) {
      lines.push(`    ${idOf('consumer', name)}["${[`${kind} ${name}`, ...steps].map(escaped).join('<br/>')}"]`)
    }
    lines.push('  end')
  }
  for (const consumer of topology.subTopologies.flatMap((sub) => sub.consumers)) {
    const id = idOf('consumer', consumer.name)
    lines.push(`  ${target(consumer.source)} --> ${id}`)
    for (const table of consumer.tables) lines.push(`  ${id} <--> ${idOf('table', table)}`)
    for (const output of consumer.outputs) lines.push(`  ${id} --> ${target(output)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Quotes and angle brackets would end a label, or be taken for markup. */
function escaped(label: string): string {
  return label.replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')
}
