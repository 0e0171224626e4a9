/** One partition of one topic, as assignments name it. */
interface AssignedPartition {
  readonly topic: string
  readonly partition: number
}

/** A member of the group as the assignor sees it. */
export interface AssignmentMember {
  readonly memberId: string
  /** Static members keep their place under this name. */
  readonly instanceId?: string
  readonly topics: readonly string[]
  /** What it owned before this rebalance. */
  readonly owned: readonly AssignedPartition[]
  /** The generation in which it owned that; a claim of an older generation loses. @default -1 */
  readonly ownedGeneration?: number
  readonly userData: Uint8Array
}

/** What the assignor is given. */
export interface AssignmentInput {
  readonly members: readonly AssignmentMember[]
  /** Partition count of every subscribed topic that exists. */
  readonly partitions: ReadonlyMap<string, number>
}

/** What one member gets. */
export interface MemberAssignment {
  readonly partitions: readonly AssignedPartition[]
  /** Delivered to the member with its assignment. @default empty */
  readonly userData?: Uint8Array
}

/** A pure function over a group: same input, same answer. Transports with `supports.assignor` run it at the group's leader. */
export interface Assignor {
  /** The protocol name of the group; all members must have it. */
  readonly name: string
  assign(input: AssignmentInput): ReadonlyMap<string, MemberAssignment>
}
