import { describe, expect, it } from 'vitest'
import {
  buildTopology,
  declareChannel,
  describeAsMermaid,
  describeAsText,
  describeTopology,
} from '../../src/topology/index.ts'
import { app, consumer, table, topic } from './declared.ts'

const inner = declareChannel('inner')
const topology = buildTopology(
  app(
    [
      consumer('delays', topic('flights'), {
        kind: 'stream',
        tables: [table('by-origin')],
        outputs: [topic('alerts', { partitions: 2 }), inner],
        onError: { kind: 'dead-letter' },
        steps: ['filter', 'to <alerts>'],
      }),
      consumer('inside', inner),
    ],
    { version: '1.2.3' },
  ),
)

describe('a description', () => {
  it('is plain data that survives JSON', () => {
    const described = describeTopology(topology, new Map([['flights', 4]]))
    expect(JSON.parse(JSON.stringify(described))).toEqual(described)
    expect(described.subTopologies).toMatchObject([
      {
        id: 'flights',
        tasks: 4,
        sources: ['flights'],
        channels: ['inner'],
        tables: [{ name: 'by-origin', changelog: 'app-by-origin-changelog' }],
        consumers: [{ name: 'delays', outputs: ['alerts', 'inner', 'app-dead-letter'] }, { name: 'inside' }],
      },
    ])
  })
  it('reads as text', () => {
    expect(describeAsText(describeTopology(topology, new Map([['flights', 4]])))).toBe(`app app 1.2.3

sub-topology flights (4 tasks)
  reads   flights  (string -> json, murmur2, 4 partitions)
  channel inner
  table   by-origin  (changelog app-by-origin-changelog)
  stream  delays: flights | filter | to <alerts>
          uses by-origin
          writes alerts, inner, app-dead-letter
  handler inside: inner

other topics
  alerts  (string -> json, murmur2, 2 partitions)
  app-dead-letter  (bytes -> bytes, murmur2, dead-letter)
`)
  })
  it('draws as Mermaid, with every node and arrow once', () => {
    expect(describeAsMermaid(describeTopology(topology))).toBe(`flowchart LR
  n0(["flights"])
  n1(["alerts"])
  n2(["app-dead-letter"])
  subgraph s0["flights"]
    n3{{"inner"}}
    n4[("by-origin")]
    n5["stream delays<br/>filter<br/>to #lt;alerts#gt;"]
    n6["handler inside"]
  end
  n0 --> n5
  n5 <--> n4
  n5 --> n1
  n5 --> n3
  n5 --> n2
  n3 --> n6
`)
  })
})
