import { describe, expect, it } from 'vitest'
import { type TopologySummary, topologyDifferences } from './topology-summary.ts'

const base: TopologySummary = {
  internalTopics: { 'app-delays-changelog': 4, 'app-by-origin-repartition': null },
  copartitionGroups: [['flights', 'airports'], ['app-by-origin-repartition']],
  tables: { delays: 'airports' },
}

describe('topologyDifferences', () => {
  it('finds none between equals, in whatever order they are written', () => {
    const same: TopologySummary = {
      internalTopics: { 'app-by-origin-repartition': null, 'app-delays-changelog': 4 },
      copartitionGroups: [['app-by-origin-repartition'], ['airports', 'flights']],
      tables: { delays: 'airports' },
    }
    expect(topologyDifferences(base, same)).toEqual([])
  })
  it('lets workers differ in sub-topologies that only one of them has, without internal topics', () => {
    const newer = { ...base, copartitionGroups: [...base.copartitionGroups, ['weather', 'winds']] }
    expect(topologyDifferences(base, newer)).toEqual([])
    expect(topologyDifferences(newer, base)).toEqual([])
  })
  it('does not count a partition count that one of them does not know', () => {
    const known = { ...base, internalTopics: { ...base.internalTopics, 'app-by-origin-repartition': 6 } }
    expect(topologyDifferences(base, known)).toEqual([])
    expect(topologyDifferences(known, base)).toEqual([])
  })
  it('names every internal topic and table that only one of them has', () => {
    const bare: TopologySummary = { internalTopics: {}, copartitionGroups: base.copartitionGroups, tables: {} }
    expect(topologyDifferences(base, bare)).toEqual([
      'the group has the internal topic app-by-origin-repartition, and this worker does not',
      'the group has the internal topic app-delays-changelog, and this worker does not',
      'the group has the table delays, and this worker does not',
    ])
    expect(topologyDifferences(bare, base)).toEqual([
      'this worker has the internal topic app-by-origin-repartition, and the group does not',
      'this worker has the internal topic app-delays-changelog, and the group does not',
      'this worker has the table delays, and the group does not',
    ])
  })
  it('names topics that are read together in one of them and apart in the other', () => {
    const apart = { ...base, copartitionGroups: [['flights'], ['airports'], ['app-by-origin-repartition']] }
    expect(topologyDifferences(base, apart)).toEqual([
      'the topics read together are [airports, flights] in the group, and [airports] in this worker',
      'the topics read together are [airports, flights] in the group, and [flights] in this worker',
    ])
    const wider = { ...base, copartitionGroups: [['flights', 'airports', 'weather'], ['app-by-origin-repartition']] }
    expect(topologyDifferences(base, wider)).toEqual([
      'the topics read together are [airports, flights] in the group, and [airports, flights, weather] in this worker',
    ])
  })
  it('names partition counts and tables that differ', () => {
    const other: TopologySummary = {
      ...base,
      internalTopics: { ...base.internalTopics, 'app-delays-changelog': 8 },
      tables: { delays: 'app-by-origin-repartition' },
    }
    expect(topologyDifferences(base, other)).toEqual([
      'the internal topic app-delays-changelog has 4 partitions in the group, and 8 in this worker',
      'the table delays belongs to sub-topology airports in the group, and to app-by-origin-repartition in this worker',
    ])
  })
  it('takes names of Object.prototype for names', () => {
    const odd = JSON.parse(
      '{"internalTopics":{"constructor":1,"__proto__":2},"copartitionGroups":[],"tables":{"toString":"x"}}',
    )
    expect(topologyDifferences(odd, { internalTopics: {}, copartitionGroups: [], tables: {} })).toHaveLength(3)
  })
})
