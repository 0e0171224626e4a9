import { type SetHandle, type SetTable, string } from '@stream/core'
import fc from 'fast-check'
import { it } from 'vitest'
import {
  checkProperty,
  judgeTable,
  propertyTimeoutMs,
  type TableKind,
  tableCourses,
} from '../../src/properties/index.ts'

/** Members, some of which are what follows a key in others' rows. */
const member = fc.constantFrom('', 'a', 'b', 'ba', 'é')
const name = fc.constantFrom('own', 'x', 'xa')
const op = fc.oneof(
  fc.record({ do: fc.constantFrom('add', 'add', 'discard', 'has'), set: name, member }),
  fc.record({ do: fc.constantFrom('members', 'reverse', 'size', 'clear'), set: name, member }),
)
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never
type Sets = Map<string, Set<string>>

const sets: TableKind<SetHandle<string, string>, Op, Sets> = {
  declare: (app) => app.setTable('sets', { key: string(), member: string() }),
  op,
  async run(handle, { do: what, set, member }, own) {
    const key = set === 'own' ? own : set
    if (what === 'add') return handle.add(key, member)
    if (what === 'discard') return handle.discard(key, member)
    if (what === 'has') return handle.has(key, member)
    if (what === 'size') return handle.size(key)
    if (what === 'clear') return handle.clear(key)
    const range = what === 'reverse' ? { reverse: true, lte: member, batchRows: 2 } : { limit: 3, gte: member }
    const found: string[] = []
    for await (const one of handle.members(key, range)) found.push(one)
    return found
  },
  model: () => new Map(),
  expected(model, { do: what, set, member }, own) {
    const key = set === 'own' ? own : set
    const members = model.get(key) ?? new Set()
    model.set(key, members)
    if (what === 'add') return void members.add(member)
    if (what === 'discard') return void members.delete(member)
    if (what === 'has') return members.has(member)
    if (what === 'size') return members.size
    if (what === 'clear') return void members.clear()
    const sorted = inOrder(members)
    if (what === 'reverse') return sorted.filter((one) => inOrder([one, member])[1] === member).toReversed()
    return sorted.filter((one) => inOrder([one, member])[0] === member).slice(0, 3)
  },
  async read(table) {
    const { committed } = table as unknown as SetTable<string, string>
    const found: (readonly [string, string])[] = []
    for await (const entry of committed.entries()) found.push(entry)
    const sizes = await Promise.all(['a', 'ab', 'x', 'xa'].map((key) => committed.size(key)))
    return { found: found.map((entry) => entry.join('/')).toSorted(), sizes, hasB: await committed.has('a', 'b') }
  },
  readOf: (model) => ({
    found: [...model].flatMap(([key, members]) => [...members].map((one) => `${key}/${one}`)).toSorted(),
    sizes: ['a', 'ab', 'x', 'xa'].map((key) => model.get(key)?.size ?? 0),
    hasB: model.get('a')?.has('b') ?? false,
  }),
}

function inOrder(members: Iterable<string>): string[] {
  return [...members].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

it(
  'sets hold what was added and not discarded, over conflicts, failures, crashes, restarts and compaction',
  () => checkProperty(tableCourses(op), (course) => judgeTable(sets, course), { runs: 40 }),
  propertyTimeoutMs,
)
