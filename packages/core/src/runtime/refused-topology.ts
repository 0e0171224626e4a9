import { decodeAssignmentMetadata } from '../assignment/index.ts'
import { StreamError } from '../errors/index.ts'

/** The error of a worker that the group's leader gave nothing, because their topologies cannot live together; undefined: it was taken in. */
export function refusedBy(userData: Uint8Array | undefined, appId: string): StreamError | undefined {
  if (userData === undefined || userData.length === 0) return undefined
  const { refused } = decodeAssignmentMetadata(userData)
  return refused === undefined || refused.length === 0 ? undefined : topologyConflict(appId, refused)
}

/** The error of a worker whose topology cannot live with that of the group. */
export function topologyConflict(appId: string, differences: readonly string[]): StreamError {
  return new StreamError({
    code: 'STREAM_TOPOLOGY_CONFLICT',
    message:
      `Other workers of the app "${appId}" run a topology that this one cannot share the work with: ${differences.join('; ')}. ` +
      'Give the changed app another id, or stop all old workers first',
    place: { app: appId, differences },
  })
}
