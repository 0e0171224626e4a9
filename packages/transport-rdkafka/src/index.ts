import { contractVersion, type Transport, type TransportAdapter } from '@stream/core/adapter'
import { optionsFromUrl, type RdkafkaOptions } from './options/index.ts'
import { RdkafkaTransport } from './rdkafka-transport.ts'

export type { RdkafkaOptions }

/**
 * Apache Kafka through librdkafka (node-rdkafka). Loads and reaches for nothing before `open()`; throws `STREAM_CONFIG_INVALID` for
 * options that make no sense and properties that would break a promise.
 */
export function rdkafka(options: RdkafkaOptions): Transport {
  return new RdkafkaTransport(options)
}

/** How `rdkafka://host:port,host2:port?clientId=name` becomes a transport. */
const adapter: TransportAdapter = {
  kind: 'transport',
  scheme: 'rdkafka',
  contract: contractVersion,
  fromUrl: (url) => rdkafka(optionsFromUrl(url)),
}

export default adapter
