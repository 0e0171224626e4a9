import type { ErrorPlace } from '@stream/core/adapter'

/** An operation of Kafka's authorizer (KIP-11), as `kafka-acls.sh` spells it. */
export type AclOperation =
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Describe'
  | 'DescribeConfigs'
  | 'IdempotentWrite'
  | 'ClusterAction'

/** What was denied: the resource that an error code speaks of, and what a request wanted with it. */
export interface AccessDenied {
  readonly resource: string
  readonly operation: AclOperation
  /** How to grant it, a sentence without a full stop. */
  readonly remedy: string
}

interface Resource {
  readonly kind: string
  readonly flag: string
  readonly name: unknown
  readonly usually: AclOperation
}

/** Undefined for codes that deny nothing. Without `operation`, what is usually missing is named. */
export function accessDenied(code: number, place: ErrorPlace, operation?: AclOperation): AccessDenied | undefined {
  const found = resourceOf(code, place)
  if (found === undefined) return undefined
  const { kind, flag, name, usually } = found
  // Of cluster resources, operations on topics and groups are no operations.
  const wanted = kind === 'cluster' ? usually : (operation ?? usually)
  const named = typeof name === 'string' ? ` ${name}` : ''
  const option = typeof name === 'string' ? `${flag} ${name}` : flag
  return {
    resource: `${kind}${named}`,
    operation: wanted,
    remedy: `grant it to this app's user: kafka-acls.sh --add --allow-principal User:<name> --operation ${wanted} ${option}`,
  }
}

function resourceOf(code: number, place: ErrorPlace): Resource | undefined {
  switch (code) {
    case 29:
      return { kind: 'topic', flag: '--topic', name: place.topic, usually: 'Describe' }
    case 30:
      return { kind: 'group', flag: '--group', name: place.group, usually: 'Read' }
    case 31:
      return { kind: 'cluster', flag: '--cluster', name: undefined, usually: 'IdempotentWrite' }
    case 53:
      return { kind: 'transactional id', flag: '--transactional-id', name: place.transactionalId, usually: 'Write' }
    default:
      return undefined
  }
}
