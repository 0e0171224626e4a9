export { type AssignmentMetadata, decodeAssignmentMetadata, encodeAssignmentMetadata } from './assignment-metadata.ts'
export type { AssignmentInput, AssignmentMember, Assignor, MemberAssignment } from './assignor.ts'
export {
  type DecodedMemberMetadata,
  decodeMemberMetadata,
  encodeMemberMetadata,
  type MemberMetadata,
} from './member-metadata.ts'
export { type StreamAssignorOptions, streamAssignor } from './stream-assignor.ts'
export { type TopologySummary, topologyDifferences } from './topology-summary.ts'
