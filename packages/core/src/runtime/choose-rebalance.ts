import type { Settings } from '../config/index.ts'
import { StreamError } from '../errors/index.ts'
import type { Topology } from '../topology/index.ts'
import type { Transport } from '../transport/index.ts'

/**
 * Whether the group rebalances eagerly. A client's own cooperative assignor knows nothing of tasks with several inputs, whose partitions
 * of one number must go to one worker: its eager `range` keeps them together.
 *
 * @throws STREAM_NOT_SUPPORTED where cooperative rebalances are asked for that would tear such a task apart
 */
export function isEagerGroup(settings: Settings, transport: Transport, topology: Topology): boolean {
  const { cooperative, assignor } = transport.supports
  if (settings.rebalance === 'eager' || !cooperative) return true
  const torn = assignor ? undefined : topology.subTopologies.find(({ sources }) => sources.length > 1)
  if (torn === undefined) return false
  if (settings.rebalance === 'auto') return true
  const inputs = torn.sources.map(({ name }) => name)
  throw new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `app ${topology.appId} asks for cooperative rebalances, but ${inputs.join(' and ')} are read together, and the transport ${transport.name} could give their partitions to different workers. Set \`rebalance\` to auto or eager.`,
    place: { app: topology.appId, transport: transport.name, setting: 'rebalance', topics: inputs },
  })
}
