import { describeThrown, type GroupOptions } from '@stream/core/adapter'
import { Backoff, brokerCodes, type Cluster } from '../connection/index.ts'
import { leaveGroup } from '../requests/index.ts'
import type { Joining } from './joining.ts'

/** How often a broker is told again that has not seen the member yet. */
const mostAttempts = 5

/**
 * Leaves, on the connection for short requests: a join may be parked on the members' one. A static member that was never told its member
 * id is named by its instance id alone (KIP-345), since the broker has it from the moment its first join arrives.
 */
export async function leaveTheGroup(
  cluster: Cluster,
  { groupId, instanceId }: GroupOptions,
  { memberId, isUnanswered }: Pick<Joining, 'memberId' | 'isUnanswered'>,
  log: (level: 'debug', message: string) => void,
): Promise<void> {
  if (memberId === '' && !(instanceId !== undefined && isUnanswered)) return
  const member = { groupId, memberId, generation: -1 }
  const request = leaveGroup(instanceId === undefined ? member : { ...member, instanceId })
  const backoff = new Backoff()
  try {
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const code = await cluster.sendToCoordinator('group', groupId, request)
      // A join that is on its way may arrive behind this, on a connection of its own.
      if (code !== brokerCodes.unknownMember || !isUnanswered) return
      await backoff.wait()
    }
  } catch (error) {
    log('debug', `The group ${groupId} was left without a word: ${describeThrown(error)}`)
  }
}
