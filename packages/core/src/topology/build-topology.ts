import { checkConnections } from './check-connections.ts'
import { checkDeclarations } from './check-declarations.ts'
import { declarationError } from './declaration-problem.ts'
import { type AppDeclarations, allTopics } from './declarations-of-app.ts'
import { subTopologies } from './sub-topologies.ts'
import type { Topology } from './topology.ts'

/**
 * Groups an app's declarations into sub-topologies and finds its internal topics. Pure: nothing is asked of a broker.
 *
 * @throws STREAM_DECLARATION_INVALID where declarations are wrong in themselves, STREAM_TOPOLOGY_INVALID where some do not fit
 * together; either lists everything that is wrong.
 */
export function buildTopology(app: AppDeclarations): Topology {
  const problems = [...(app.problems ?? []), ...checkDeclarations(app), ...checkConnections(app)]
  if (problems.length > 0) throw declarationError(app.appId, problems)
  const version = app.version === undefined ? {} : { version: app.version }
  return Object.freeze({
    appId: app.appId,
    ...version,
    subTopologies: subTopologies(app),
    globalTables: app.globalTables ?? [],
    topics: allTopics(app),
  })
}
