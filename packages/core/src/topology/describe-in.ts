import { describeTopology, type TopologyDescription } from './describe.ts'
import { describeAsMermaid } from './describe-mermaid.ts'
import { describeAsText } from './describe-text.ts'
import type { Topology } from './topology.ts'

/** The forms in which a topology can be described. */
export type DescriptionFormat = 'data' | 'text' | 'mermaid'

/** @param partitions counts as they exist. @default as declared */
export function describeIn(
  format: DescriptionFormat = 'data',
  topology: Topology,
  partitions?: ReadonlyMap<string, number>,
): TopologyDescription | string {
  const description = describeTopology(topology, partitions)
  if (format === 'text') return describeAsText(description)
  return format === 'mermaid' ? describeAsMermaid(description) : description
}
