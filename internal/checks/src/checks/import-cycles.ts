import type { Check, Finding } from '../check.ts'
import { codeFiles, importsOf, type Repository } from '../repository/index.ts'
import { type Graph, knots } from './knots.ts'

/** Neither files nor rooms import each other in a circle; an import for types alone counts like any other. */
export const importCycles: Check = {
  name: 'import-cycles',
  run(repository) {
    const files = fileGraph(repository)
    const rooms = roomGraph(files)
    return [
      ...knots(files).map((knot) => finding('files import each other in a circle', knot)),
      ...knots(rooms).map((knot) => finding('rooms import each other in a circle', knot)),
    ]
  },
}

function finding(message: string, knot: readonly string[]): Finding {
  return { file: knot[0] ?? '', message: `${message}: ${knot.join(', ')}` }
}

function fileGraph(repository: Repository): Graph {
  const targets = (path: string) =>
    importsOf(repository, path).flatMap(({ target }) => (target === undefined ? [] : [target]))
  return new Map(codeFiles(repository).map((path) => [path, new Set(targets(path))]))
}

/** A room is a folder below `src`; files beside the rooms are entries, which may name every room. */
function roomGraph(files: Graph): Graph {
  const rooms = new Map<string, Set<string>>()
  for (const [path, targets] of files) {
    const from = roomOf(path)
    if (from === undefined) continue
    const to = rooms.get(from) ?? new Set<string>()
    rooms.set(from, to)
    for (const room of [...targets].map(roomOf)) if (room !== undefined && room !== from) to.add(room)
  }
  return rooms
}

function roomOf(path: string): string | undefined {
  return /^[^/]+\/[^/]+\/src\/[^/]+(?=\/)/.exec(path)?.[0]
}
