export type { AssignmentInput, AssignmentMember, Assignor, MemberAssignment } from './assignor.ts'
