import { decodeMemberMetadata, topologyDifferences } from '../assignment/index.ts'
import { describeThrown } from '../errors/index.ts'
import { topologyConflict } from '../runtime/index.ts'
import { type Topology, topologySummary } from '../topology/index.ts'
import type { Admin } from '../transport/index.ts'
import type { Log } from './log.ts'

/**
 * Compares a worker with those at work, before it creates topics that only it would use. Silent where nobody is at work, where the group
 * rebalances, and where the transport cannot tell: then the group's leader compares when the worker joins, as it always does.
 *
 * @param partitions counts of the topics that exist
 * @throws STREAM_TOPOLOGY_CONFLICT
 */
export async function refuseConflict(
  admin: Admin,
  topology: Topology,
  partitions: ReadonlyMap<string, number>,
  log: Log,
): Promise<void> {
  const { appId } = topology
  const members = await admin.groupUserData?.(appId).catch((thrown: unknown) => {
    log('debug', `the group of ${appId} is compared only when it is joined: ${describeThrown(thrown)}`)
    return []
  })
  const own = topologySummary(topology, partitions)
  for (const userData of members ?? []) {
    const decoded = decodeMemberMetadata(userData)
    if ('problem' in decoded) continue
    const differences = topologyDifferences(decoded.metadata.topology, own)
    if (differences.length > 0) throw topologyConflict(appId, differences)
  }
}
