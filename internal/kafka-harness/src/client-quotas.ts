import { BodyWriter } from './body.ts'
import { callBroker } from './broker-call.ts'

const alterClientQuotas = 49

/** Sets quotas of a client id, by Kafka's names of them. */
export async function limitClient(
  port: number,
  clientId: string,
  quotas: Readonly<Record<string, number>>,
): Promise<void> {
  const body = new BodyWriter().int32(1)
  body.int32(1).string('client-id').string(clientId)
  body.array(Object.entries(quotas), ([name, value]) => body.string(name).float64(value).int8(0))
  // Not only to be checked.
  body.int8(0)
  const answer = await callBroker({ port, apiKey: alterClientQuotas, version: 0, timeoutMs: 10_000, body })
  answer?.int32()
  const [error] = answer?.array(() => answer.int16()) ?? []
  if (error !== 0) throw new Error(`quotas of ${clientId} were not taken: error ${error}`)
}
