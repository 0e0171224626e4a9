export { clients, type FaultyClient, requestTimeoutMs, undisturbed } from './client.ts'
export { FaultRun, type FaultSite } from './fault-run.ts'
export { type ProxiedKafka, startProxiedKafka, startWithinMs } from './proxied-kafka.ts'
