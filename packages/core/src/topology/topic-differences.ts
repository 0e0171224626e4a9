import { describePartitioner } from '../partitioner/index.ts'
import type { TopicDeclaration } from './declarations.ts'

/** In what two declarations of one topic disagree, for a message: `value serdes (json and string)`. */
export function topicDifferences(one: TopicDeclaration, other: TopicDeclaration): readonly string[] {
  const differences: string[] = []
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) differences.push(`${what} (${ours ?? 'none'} and ${theirs ?? 'none'})`)
  }
  compare('roles', one.role, other.role)
  compare('key serdes', one.key?.name, other.key?.name)
  compare('value serdes', one.value?.name, other.value?.name)
  if (one.partitioner !== other.partitioner) {
    differences.push(
      `partitioners (${describePartitioner(one.partitioner)} and ${describePartitioner(other.partitioner)})`,
    )
  }
  compare('partition counts', one.partitions, other.partitions)
  compare('replication factors', one.replicationFactor, other.replicationFactor)
  for (const config of new Set([...Object.keys(one.configs), ...Object.keys(other.configs)])) {
    compare(config, one.configs[config], other.configs[config])
  }
  return differences
}
