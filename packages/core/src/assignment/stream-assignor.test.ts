import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAssignmentMetadata } from './assignment-metadata.ts'
import type { AssignmentInput, AssignmentMember, MemberAssignment } from './assignor.ts'
import { encodeMemberMetadata } from './member-metadata.ts'
import { streamAssignor } from './stream-assignor.ts'
import type { TopologySummary } from './topology-summary.ts'

type Assignments = ReadonlyMap<string, MemberAssignment>

/** Sub-topologies as [topics, partition count]. */
type Shape = readonly { readonly topics: readonly string[]; readonly partitions: number }[]

function summary(shape: Shape, more: Partial<TopologySummary> = {}): TopologySummary {
  return { internalTopics: {}, copartitionGroups: shape.map(({ topics }) => topics), tables: {}, ...more }
}

function member(memberId: string, shape: Shape, more: Partial<AssignmentMember> = {}): AssignmentMember {
  const userData = encodeMemberMetadata({ topology: summary(shape) })
  return { memberId, topics: shape.flatMap(({ topics }) => topics), owned: [], userData, ...more }
}

function input(shape: Shape, members: readonly AssignmentMember[]): AssignmentInput {
  return {
    members,
    partitions: new Map(shape.flatMap(({ topics, partitions }) => topics.map((topic) => [topic, partitions]))),
  }
}

function run(shape: Shape, members: readonly AssignmentMember[], leader: Shape = shape): Assignments {
  return streamAssignor({ topology: () => summary(leader) }).assign(input(shape, members))
}

/** The members as they come back with what they were given. */
function after(assignments: Assignments, members: readonly AssignmentMember[]): readonly AssignmentMember[] {
  return members.map((one) => ({
    ...one,
    owned: assignments.get(one.memberId)?.partitions ?? one.owned,
    ownedGeneration: 1,
  }))
}

function text(assignments: Assignments): Readonly<Record<string, readonly string[]>> {
  const entries = [...assignments].map(
    ([id, { partitions }]) => [id, partitions.map((p) => `${p.topic}-${p.partition}`)] as const,
  )
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Tasks of each sub-topology that every member has, by `<first topic>_<partition>`. */
function tasksOf(shape: Shape, assignments: Assignments): ReadonlyMap<string, string> {
  const owner = new Map<string, string>()
  for (const [id, { partitions }] of assignments) {
    for (const { topics } of shape) {
      for (const { topic, partition } of partitions) if (topic === topics[0]) owner.set(`${topics[0]}_${partition}`, id)
    }
  }
  return owner
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts)
}

const shapes: fc.Arbitrary<Shape> = fc
  .array(fc.record({ width: fc.integer({ min: 1, max: 3 }), partitions: fc.integer({ min: 1, max: 13 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((groups) =>
    groups.map(({ width, partitions }, g) => ({
      topics: Array.from({ length: width }, (_, t) => `topic-${g}-${t}`),
      partitions,
    })),
  )

/** Members that own anything at all, claims of other members and of no partition included. */
const anyGroup = shapes.chain((shape) => {
  const owned = fc.oneof(
    ...shape.flatMap(({ topics, partitions }) =>
      topics.map((topic) => fc.record({ topic: fc.constant(topic), partition: fc.nat(partitions + 1) })),
    ),
  )
  return fc.record({
    shape: fc.constant(shape),
    members: fc
      .uniqueArray(
        fc.record({
          id: fc.stringMatching(/^[a-z]{1,3}$/),
          isStatic: fc.boolean(),
          owned: fc.array(owned, { maxLength: 8 }),
          ownedGeneration: fc.integer({ min: -1, max: 2 }),
          lag: fc.dictionary(fc.constantFrom(...shape.map(({ topics }) => `${topics[0]}_0`)), fc.nat(5)),
        }),
        { minLength: 1, maxLength: 6, selector: ({ id }) => id },
      )
      .map((all) =>
        all.map(({ id, isStatic, owned, ownedGeneration, lag }) =>
          member(id, shape, {
            owned,
            ownedGeneration,
            ...(isStatic ? { instanceId: `static-${id}` } : {}),
            userData: encodeMemberMetadata({ topology: summary(shape), lag }),
          }),
        ),
      ),
  })
})

describe('streamAssignor, for any group', () => {
  it('gives every partition to exactly one member, and tasks as a whole', () => {
    fc.assert(
      fc.property(anyGroup, ({ shape, members }) => {
        const assignments = run(shape, members)
        expect([...assignments.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
        const given = [...assignments.values()].flatMap(({ partitions }) =>
          partitions.map((p) => `${p.topic}-${p.partition}`),
        )
        const all = shape.flatMap(({ topics, partitions }) =>
          topics.flatMap((topic) => Array.from({ length: partitions }, (_, p) => `${topic}-${p}`)),
        )
        expect(given.sort()).toEqual(all.sort())
        for (const { partitions } of assignments.values()) {
          const of = (topic: string): string =>
            String(partitions.filter((p) => p.topic === topic).map((p) => p.partition))
          for (const { topics } of shape) expect(new Set(topics.map(of)).size).toBe(1)
        }
      }),
    )
  })
  it('is even to one task, in every sub-topology and in total', () => {
    fc.assert(
      fc.property(anyGroup, ({ shape, members }) => {
        const assignments = run(shape, members)
        const count = (id: string, topic: string): number =>
          assignments.get(id)!.partitions.filter((p) => p.topic === topic).length
        for (const { topics } of shape) {
          expect(spread(members.map(({ memberId }) => count(memberId, topics[0]!)))).toBeLessThanOrEqual(1)
        }
        const totals = members.map(({ memberId }) =>
          shape.reduce((sum, { topics }) => sum + count(memberId, topics[0]!), 0),
        )
        expect(spread(totals)).toBeLessThanOrEqual(1)
      }),
    )
  })
  it('gives the same answer for the same group in any order', () => {
    const shuffled = anyGroup.chain(({ shape, members }) =>
      fc.record({
        shape: fc.constant(shape),
        members: fc.constant(members),
        otherOrder: fc.shuffledSubarray([...members], { minLength: members.length }),
        otherShape: fc.shuffledSubarray([...shape], { minLength: shape.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ shape, members, otherOrder, otherShape }) => {
        const reversed = otherOrder.map((one) => ({
          ...one,
          owned: [...one.owned].reverse(),
          topics: [...one.topics].reverse(),
        }))
        expect(text(run(otherShape, reversed))).toEqual(text(run(shape, members)))
      }),
    )
  })
  it('moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(anyGroup, ({ shape, members }) => {
        const first = run(shape, members)
        expect(text(run(shape, after(first, members)))).toEqual(text(first))
      }),
    )
  })
  it('keeps as many tasks with their owners as any assignment can that is as even', () => {
    const small = fc.record({
      partitions: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      seed: fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }),
      memberCount: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(small, ({ partitions, seed, memberCount }) => {
        const shape = partitions.map((count, g) => ({ topics: [`t${g}`], partitions: count }))
        const ids = Array.from({ length: memberCount }, (_, m) => `m${m}`)
        const ownerOf = new Map<string, string | undefined>(
          shape.flatMap(({ topics, partitions: count }, g) =>
            Array.from({ length: count }, (_, p) => [`${topics[0]}_${p}`, ids[seed[g * 4 + p]!]] as const),
          ),
        )
        const members = ids.map((id) =>
          member(id, shape, {
            owned: shape.flatMap(({ topics, partitions: count }) =>
              Array.from({ length: count }, (_, p) => ({ topic: topics[0]!, partition: p })).filter(
                ({ topic, partition }) => ownerOf.get(`${topic}_${partition}`) === id,
              ),
            ),
          }),
        )
        const kept = [...tasksOf(shape, run(shape, members))].filter(([task, id]) => ownerOf.get(task) === id).length
        expect(kept).toBe(mostKept(shape, ids, ownerOf))
      }),
      { numRuns: 200 },
    )
  })
})

/** By trying every even division of every sub-topology. */
function mostKept(shape: Shape, ids: readonly string[], ownerOf: ReadonlyMap<string, string | undefined>): number {
  const divisions = (count: number): number[][] => {
    const base = Math.floor(count / ids.length)
    const masks = Array.from({ length: 2 ** ids.length }, (_, mask) => ids.map((_, m) => base + ((mask >> m) & 1)))
    return masks.filter((division) => division.reduce((sum, n) => sum + n, 0) === count)
  }
  const best = { kept: -1 }
  const visit = (g: number, totals: readonly number[], kept: number): void => {
    const sub = shape[g]
    if (sub === undefined) {
      if (spread(totals) <= 1) best.kept = Math.max(best.kept, kept)
      return
    }
    const owned = ids.map(
      (id) => [...ownerOf].filter(([task, owner]) => owner === id && task.startsWith(`${sub.topics[0]}_`)).length,
    )
    for (const division of divisions(sub.partitions)) {
      const keptHere = division.reduce((sum, quota, m) => sum + Math.min(quota, owned[m]!), 0)
      visit(
        g + 1,
        totals.map((total, m) => total + division[m]!),
        kept + keptHere,
      )
    }
  }
  visit(
    0,
    ids.map(() => 0),
    0,
  )
  return best.kept
}

describe('a member that comes or goes', () => {
  const settled = fc
    .record({ shape: shapes, memberCount: fc.integer({ min: 1, max: 6 }) })
    .map(({ shape, memberCount }) => {
      const members = Array.from({ length: memberCount }, (_, m) => member(`m${m}`, shape))
      const assignments = run(shape, members)
      return { shape, assignments, members: after(assignments, members) }
    })

  it('that leaves a single sub-topology takes nothing from the others', () => {
    fc.assert(
      fc.property(settled, fc.nat(5), ({ shape, assignments, members }, leaver) => {
        fc.pre(shape.length === 1 && members.length > 1)
        const rest = members.filter((_, index) => index !== leaver % members.length)
        const now = tasksOf(shape, run(shape, rest))
        for (const [task, id] of tasksOf(shape, assignments)) {
          if (rest.some(({ memberId }) => memberId === id)) expect(now.get(task)).toBe(id)
        }
      }),
    )
  })
  it('that joins a single sub-topology takes its share, and nothing moves between the others', () => {
    fc.assert(
      fc.property(settled, ({ shape, assignments, members }) => {
        fc.pre(shape.length === 1)
        const now = tasksOf(shape, run(shape, [...members, member('a-new-one', shape)]))
        for (const [task, id] of tasksOf(shape, assignments)) expect([id, 'a-new-one']).toContain(now.get(task))
      }),
    )
  })
  it('and comes back under its instance id has its tasks again', () => {
    const shape = [{ topics: ['flights', 'airports'], partitions: 7 }]
    const pods = ['pod-2', 'pod-0', 'pod-1'].map((instanceId, m) => member(`member-${m}`, shape, { instanceId }))
    const before = run(shape, pods)
    const restarted = pods.map((pod, m) => ({ ...pod, memberId: `after-restart-${9 - m}` }))
    const all = run(shape, restarted)
    for (const [m, pod] of pods.entries()) {
      expect(all.get(restarted[m]!.memberId)).toEqual(before.get(pod.memberId))
    }
    const oneRestarted = [restarted[0]!, ...after(before, pods).slice(1)]
    expect(run(shape, oneRestarted).get(restarted[0]!.memberId)).toEqual(before.get(pods[0]!.memberId))
  })
})

describe('streamAssignor', () => {
  const flights: Shape = [{ topics: ['flights'], partitions: 4 }]

  it('gives a task that nobody owns to who lacks least of its state', () => {
    const holding = (id: string, lag: Record<string, number>): AssignmentMember =>
      member(id, flights, { userData: encodeMemberMetadata({ topology: summary(flights), lag }) })
    const assignments = run(flights, [
      holding('a', { flights_0: 9, flights_1: 5 }),
      holding('b', { flights_0: 1, flights_1: 50, flights_3: 0 }),
    ])
    expect(text(assignments)).toEqual({ a: ['flights-1', 'flights-2'], b: ['flights-0', 'flights-3'] })
  })
  it('believes the later of two claims', () => {
    const owned = [0, 1].map((partition) => ({ topic: 'flights', partition }))
    const stale = member('a', flights, { owned, ownedGeneration: 3 })
    const owner = member('b', flights, { owned, ownedGeneration: 4 })
    expect(text(run(flights, [stale, owner])).b).toEqual(['flights-0', 'flights-1'])
  })
  it('gives topics that only some members read to those, and the others evenly to all', () => {
    const wide: Shape = [...flights, { topics: ['weather'], partitions: 4 }]
    const assignments = run(wide, [member('old', flights), member('new', wide)], flights)
    expect(text(assignments)).toEqual({
      new: ['flights-0', 'flights-2', 'weather-0', 'weather-1', 'weather-2', 'weather-3'],
      old: ['flights-1', 'flights-3'],
    })
  })
  it('keeps the topics of a newer member together, also where the leader does not know them', () => {
    const wide: Shape = [...flights, { topics: ['weather', 'winds'], partitions: 3 }]
    const members = [member('old', flights), member('new-1', wide), member('new-2', wide)]
    for (const { partitions } of run(wide, members, flights).values()) {
      const of = (topic: string): number[] => partitions.filter((p) => p.topic === topic).map((p) => p.partition)
      expect(of('weather')).toEqual(of('winds'))
    }
  })
  it('leaves out topics that do not exist', () => {
    const joined: Shape = [{ topics: ['flights', 'missing'], partitions: 2 }]
    const partitions = new Map([['flights', 2]])
    const assignments = streamAssignor({ topology: () => summary(joined) }).assign({
      members: [member('a', joined)],
      partitions,
    })
    expect(text(assignments)).toEqual({ a: ['flights-0', 'flights-1'] })
  })
  it('asks for the topology at every assignment', () => {
    let asked = 0
    const assignor = streamAssignor({
      topology: () => {
        asked++
        return summary(flights)
      },
    })
    assignor.assign(input(flights, [member('a', flights)]))
    assignor.assign(input(flights, []))
    expect([assignor.name, asked]).toEqual(['stream', 2])
  })
})

describe('a member that cannot live with the leader', () => {
  const flights: Shape = [{ topics: ['flights'], partitions: 4 }]
  const leader = summary(flights, { internalTopics: { 'app-delays-changelog': 4 }, tables: { delays: 'flights' } })
  const good = member('good', flights, { userData: encodeMemberMetadata({ topology: leader }) })
  const assignWith = (userData: Uint8Array): Assignments => {
    const other = member('other', flights, { userData, owned: [{ topic: 'flights', partition: 0 }] })
    return streamAssignor({ topology: () => leader }).assign(input(flights, [good, other]))
  }

  it('gets no partitions, only the differences; the others get everything', () => {
    const topology = summary(flights, { internalTopics: { 'app-delays-changelog': 8 }, tables: { delays: 'airports' } })
    const assignments = assignWith(encodeMemberMetadata({ topology }))
    expect(text(assignments)).toEqual({ good: ['flights-0', 'flights-1', 'flights-2', 'flights-3'], other: [] })
    expect(decodeAssignmentMetadata(assignments.get('other')?.userData).refused).toEqual([
      'the internal topic app-delays-changelog has 4 partitions in the group, and 8 in this worker',
      'the table delays belongs to sub-topology flights in the group, and to airports in this worker',
    ])
    expect(decodeAssignmentMetadata(assignments.get('good')?.userData).refused).toEqual([])
  })
  it.each([
    ['nothing', '', 'it sent no metadata'],
    ['garbage', '\u0000\u0001', 'no JSON'],
    ['no object', '[1]', 'no object'],
    ['another version', '{"v":2}', 'has version 2, and the leader of the group reads version 1'],
    ['no topology', '{"v":1}', 'holds no topology'],
    [
      'a broken topology',
      '{"v":1,"topology":{"internalTopics":{"a":"b"},"copartitionGroups":[],"tables":{}}}',
      'holds no topology',
    ],
    [
      'broken groups',
      '{"v":1,"topology":{"internalTopics":{},"copartitionGroups":[[1]],"tables":{}}}',
      'holds no topology',
    ],
  ])('gets the reason where it sent %s', (_, userData, reason) => {
    const refused = decodeAssignmentMetadata(assignWith(Buffer.from(userData)).get('other')?.userData).refused
    expect(refused).toHaveLength(1)
    expect(refused[0]).toContain(reason)
  })
  it('never breaks the assignment, whatever bytes it sends', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.json().map((json) => Uint8Array.from(Buffer.from(json))),
        ),
        (userData) => {
          expect(assignWith(userData).get('good')?.partitions).toHaveLength(4)
        },
      ),
    )
  })
})
