import { StreamError } from '../errors/index.ts'
import type { Topology } from '../topology/index.ts'
import type { Transport } from '../transport/index.ts'

/**
 * Repartition topics keep everything until it is deleted below the committed offsets. Where records cannot be deleted they would grow
 * for ever, so their retention has to be somebody's decision.
 *
 * @throws STREAM_NOT_SUPPORTED
 */
export function requireRetention(topology: Topology, adminTransport: Transport): void {
  if (adminTransport.supports.deleteRecords) return
  const endless = topology.topics.filter(
    ({ role, configs }) => role === 'repartition' && configs['retention.ms'] === '-1',
  )
  if (endless.length === 0) return
  const names = endless.map(({ name }) => name)
  throw new StreamError({
    code: 'STREAM_NOT_SUPPORTED',
    message: `the transport ${adminTransport.name} cannot delete records, so ${names.join(', ')} would grow for ever; give groupBy the option configs: { 'retention.ms': ... }, longer than the app is ever down, or give the app an \`admin\` of a transport that can`,
    place: { app: topology.appId, transport: adminTransport.name, topics: names },
  })
}
