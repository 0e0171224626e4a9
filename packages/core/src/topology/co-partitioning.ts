import { StreamError } from '../errors/index.ts'
import { describePartitioner, samePartitioner } from '../partitioner/index.ts'
import type { TableDeclaration, TopicDeclaration } from './declarations.ts'
import type { SubTopology } from './topology.ts'

/**
 * A task reads the partition of its number from each source, so equal keys must have the same number everywhere: same count, same
 * partitioner, same key format.
 *
 * @param counts partition counts; a source without one is not compared
 * @throws STREAM_NOT_CO_PARTITIONED with the counts, partitioners or serdes that differ
 */
export function checkCoPartitioned(subTopology: SubTopology, counts: ReadonlyMap<string, number>): void {
  const { sources } = subTopology
  const [first, ...others] = sources
  if (first === undefined || others.length === 0) return
  const known = sources.filter(({ name }) => counts.has(name))
  if (new Set(known.map(({ name }) => counts.get(name))).size > 1) {
    throw refusal(subTopology, 'partition counts', known, ({ name }) => String(counts.get(name)), countRemedy(known), {
      partitions: known.map(({ name }) => counts.get(name)!),
    })
  }
  if (others.some(({ partitioner }) => !samePartitioner(first.partitioner, partitioner))) {
    const remedy = 'Declare the partitioner that their producers really use, or bring them together with groupBy.'
    throw refusal(subTopology, 'partitioners', sources, ({ partitioner }) => describePartitioner(partitioner), remedy)
  }
  if (others.some(({ key }) => key.name !== first.key.name)) {
    const remedy = 'Declare the same key serde for all of them, or bring them to one with groupBy.'
    throw refusal(subTopology, 'key serdes', sources, ({ key }) => key.name, remedy)
  }
}

/** A table has one partition for each task, so it cannot have a count of its own. */
export function checkTableCount({ id, sources }: SubTopology, table: TableDeclaration, count: number): void {
  const declared = table.changelog.partitions
  if (declared === undefined || declared === count) return
  throw new StreamError({
    code: 'STREAM_NOT_CO_PARTITIONED',
    message: `table "${table.name}" declares ${declared} partitions, but its consumers read ${sources[0]!.name} with ${count}; a table has as many as its inputs. Leave \`partitions\` out, or change the inputs.`,
    place: { subTopology: id, table: table.name, partitions: [declared, count] },
  })
}

function countRemedy(topics: readonly TopicDeclaration[]): string {
  const internal = topics.some(({ role }) => role === 'repartition')
  return internal
    ? 'Give groupBy the matching `partitions`, or bring the other topic to them with a groupBy of its own.'
    : 'Bring one of them to the count of the other with groupBy(name, key, { partitions }).'
}

function refusal(
  subTopology: SubTopology,
  what: string,
  topics: readonly TopicDeclaration[],
  describe: (topic: TopicDeclaration) => string,
  remedy: string,
  place: { readonly partitions?: readonly number[] } = {},
): StreamError {
  const list = topics.map((topic) => `${topic.name} (${describe(topic)})`).join(', ')
  return new StreamError({
    code: 'STREAM_NOT_CO_PARTITIONED',
    message: `${who(subTopology)} read topics with different ${what}: ${list}. ${remedy}`,
    place: { subTopology: subTopology.id, topics: topics.map(({ name }) => name), ...place },
  })
}

function who({ consumers, tables }: SubTopology): string {
  const names = consumers.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
  const shared = tables.map(({ name }) => `"${name}"`).join(', ')
  return shared === '' ? names : `${names} share ${tables.length === 1 ? 'table' : 'tables'} ${shared} and`
}
