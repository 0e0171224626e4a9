/** What the assignor tells a member with its assignment. */
export interface AssignmentMetadata {
  /** Why the member gets nothing, one sentence each; empty where it is a full member. */
  readonly refused: readonly string[]
}

const version = 1

/** Versioned JSON; read with {@link decodeAssignmentMetadata}. */
export function encodeAssignmentMetadata(metadata: AssignmentMetadata): Uint8Array {
  return Buffer.from(JSON.stringify({ v: version, ...metadata }), 'utf8')
}

/** Never throws: absent, foreign and newer user data refuse nothing, since the partitions that come with them are what counts. */
export function decodeAssignmentMetadata(userData: Uint8Array | undefined): AssignmentMetadata {
  if (userData === undefined || userData.length === 0) return { refused: [] }
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(userData))
    const refused: unknown = (parsed as { readonly refused?: unknown } | null)?.refused
    return { refused: Array.isArray(refused) ? refused.filter((reason) => typeof reason === 'string') : [] }
  } catch {
    return { refused: [] }
  }
}
