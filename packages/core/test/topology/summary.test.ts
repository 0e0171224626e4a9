import { describe, expect, it } from 'vitest'
import { json, string } from '../../src/serde/index.ts'
import { buildTopology, repartitionTopic, topologySummary } from '../../src/topology/index.ts'
import { app, consumer, table, topic } from './declared.ts'

describe('the summary of a topology', () => {
  it('holds internal topics, co-partitioning and tables, and nothing that workers of one app may differ in', () => {
    const byX = repartitionTopic('app', 'by-x', { key: string(), value: json() })
    const declared = [
      consumer('w', topic('a'), { outputs: [byX, topic('out')], onError: { kind: 'dead-letter' } }),
      consumer('r', byX, { tables: [table('t')] }),
      consumer('s', topic('b'), { tables: [table('t')] }),
    ]
    const topology = buildTopology(app(declared, { tables: [table('t')] }))
    const counts = new Map([
      ['app-by-x-repartition', 4],
      ['app-t-changelog', 4],
      ['out', 9],
    ])
    expect(topologySummary(topology, counts)).toEqual({
      internalTopics: { 'app-by-x-repartition': 4, 'app-t-changelog': 4 },
      copartitionGroups: [['a'], ['app-by-x-repartition', 'b']],
      tables: { t: 'app-by-x-repartition' },
    })
  })
})
