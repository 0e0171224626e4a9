import { describeThrown } from '../errors/index.ts'
import type { TopologySummary } from './topology-summary.ts'

/** What a member tells the assignor about itself, in the user data of its subscription. */
export interface MemberMetadata {
  readonly topology: TopologySummary
  /**
   * Changelog records that the member lacks for tasks it holds local state of, by task (`<sub-topology>_<partition>`). A task that nobody
   * owns goes to who lacks least, where balance allows.
   * @default {}
   */
  readonly lag?: Readonly<Record<string, number>>
}

/** What user data holds: metadata, or the reason why it cannot be read. */
export type DecodedMemberMetadata = { readonly metadata: MemberMetadata } | { readonly problem: string }

/** Raised when an older worker would misread what a newer one sends. */
const version = 1

/** Versioned JSON; read with {@link decodeMemberMetadata}. */
export function encodeMemberMetadata(metadata: MemberMetadata): Uint8Array {
  return Buffer.from(JSON.stringify({ v: version, ...metadata }), 'utf8')
}

/** Never throws: members of other versions, other programs, and garbage give a problem, as a clause that goes on from "because". */
export function decodeMemberMetadata(userData: Uint8Array): DecodedMemberMetadata {
  if (userData.length === 0) return { problem: 'it sent no metadata; it may be another program in the same group' }
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(userData))
  } catch (cause) {
    return { problem: `its metadata is no JSON; it may be another program in the same group (${kind(cause)})` }
  }
  if (!isRecord(parsed)) return { problem: 'its metadata is no object; it may be another program in the same group' }
  if (parsed.v !== version) {
    return {
      problem: `its metadata has version ${String(parsed.v)}, and the leader of the group reads version ${version}`,
    }
  }
  const { topology, lag } = parsed
  if (!isTopologySummary(topology)) return { problem: 'its metadata holds no topology' }
  return { metadata: isRecordOf(lag, isCount) ? { topology, lag } : { topology } }
}

/** The class of what was thrown; its message may quote foreign bytes. */
function kind(cause: unknown): string {
  return cause instanceof Error ? cause.name : describeThrown(cause)
}

function isTopologySummary(value: unknown): value is TopologySummary {
  if (!isRecord(value)) return false
  const { internalTopics, copartitionGroups, tables } = value
  return (
    isRecordOf(internalTopics, (count): count is number | null => count === null || isCount(count)) &&
    Array.isArray(copartitionGroups) &&
    copartitionGroups.every((group) => Array.isArray(group) && group.every(isText)) &&
    isRecordOf(tables, isText)
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRecordOf<Value>(value: unknown, isValue: (item: unknown) => item is Value): value is Record<string, Value> {
  return isRecord(value) && Object.values(value).every(isValue)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
