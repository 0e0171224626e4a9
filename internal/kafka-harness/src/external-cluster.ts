import type { KafkaBroker } from './kafka-broker.ts'

/** A cluster that somebody else runs: its addresses, and refusals for all that would need its process. */
export function externalCluster(addresses: string, origin: string): KafkaBroker {
  const brokers = addresses.split(',').map((address) => address.trim())
  const port = Number(brokers[0]?.split(':').at(-1))
  if (!(port > 0)) throw new Error(`${origin} must be a list of host:port, but is '${addresses}'`)
  const refuse = (action: string): never => {
    throw new Error(`cannot ${action} the cluster ${addresses}: it was not started here, ${origin} names it`)
  }
  return {
    brokers,
    port,
    pid: undefined,
    kill: async () => refuse('kill'),
    stop: async () => refuse('stop'),
    restart: async () => refuse('restart'),
    pause: () => refuse('pause'),
    resume: () => refuse('resume'),
    logTail: () => `no log here: ${origin} names the cluster ${addresses}`,
    close: async () => undefined,
  }
}
