import type { Check, Finding } from '../check.ts'
import { codeFiles, type Import, importsOf, packageSources, type Repository } from '../repository/index.ts'
import { roomOrder } from '../rules/index.ts'

/** Folders below `src` are rooms: others come in by their `index.ts`, and in core only from rooms further up. */
export const roomDoors: Check = {
  name: 'room-doors',
  run(repository) {
    const sources = codeFiles(repository).filter((path) => /^(packages|internal)\/[^/]+\/src\//.test(path))
    return [...unknownRooms(repository), ...sources.flatMap((path) => findings(repository, path))]
  },
}

function findings(repository: Repository, path: string): readonly Finding[] {
  return importsOf(repository, path).flatMap((one) => {
    const message = breach(path, one)
    return message === undefined ? [] : [{ file: path, line: one.line, message }]
  })
}

function breach(path: string, { target }: Import): string | undefined {
  const from = placeOf(path)
  const to = target === undefined ? undefined : placeOf(target)
  if (from === undefined || to === undefined || from.source !== to.source) return undefined
  if (to.room === undefined || from.room === to.room) return undefined
  if (to.rest !== 'index.ts') return `enters the room ${to.room} by ${to.rest}; use ${to.room}/index.ts`
  if (from.source !== 'packages/core/src' || from.room === undefined) return undefined
  const isUpwards = roomOrder.indexOf(to.room) >= roomOrder.indexOf(from.room)
  return isUpwards ? `the room ${from.room} imports ${to.room}, which stands above it` : undefined
}

function unknownRooms(repository: Repository): readonly Finding[] {
  const rooms = new Set(
    packageSources(repository).flatMap((path) =>
      path.startsWith('packages/core/') ? (placeOf(path)?.room ?? []) : [],
    ),
  )
  return [...rooms]
    .filter((room) => !roomOrder.includes(room))
    .map((room) => ({
      file: `packages/core/src/${room}`,
      message: `the room ${room} has no place in the order of rooms`,
    }))
}

/** Where a source lies: `room` is undefined for the files beside the rooms, such as the entries. */
function placeOf(path: string): { source: string; room: string | undefined; rest: string } | undefined {
  const match = /^((?:packages|internal)\/[^/]+\/src)\/(?:([^/]+)\/)?(.+)$/.exec(path)
  return match === null ? undefined : { source: match[1] ?? '', room: match[2], rest: match[3] ?? '' }
}
