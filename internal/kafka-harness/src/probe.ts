import { BodyWriter } from './body.ts'
import { callBroker } from './broker-call.ts'

const apiVersions = 18
const findCoordinator = 10

/** What has a coordinator. */
export type CoordinatedKind = 'group' | 'transaction'

/** Whether the node answers clients: an ApiVersions request comes back without an error. */
export async function answersClients(port: number): Promise<boolean> {
  const answer = await callBroker({ port, apiKey: apiVersions, version: 0, body: new BodyWriter() })
  return answer?.int16() === 0
}

/** Whether the coordinators of groups and of transactions are there. Asking makes the node create their topics. */
export async function hasCoordinators(port: number): Promise<boolean> {
  for (const kind of ['group', 'transaction'] as const) {
    if ((await coordinatorOf(port, kind, 'probe')) === undefined) return false
  }
  return true
}

/** Broker id of the coordinator of a group or a transactional id; undefined while there is none. */
export async function coordinatorOf(port: number, kind: CoordinatedKind, key: string): Promise<number | undefined> {
  const body = new BodyWriter().string(key).int8(kind === 'group' ? 0 : 1)
  const answer = await callBroker({ port, apiKey: findCoordinator, version: 1, body })
  if (answer === undefined) return undefined
  answer.int32()
  const error = answer.int16()
  answer.string()
  return error === 0 ? answer.int32() : undefined
}
