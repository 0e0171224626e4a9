import { contractVersion, type Transport, type TransportAdapter } from '@stream/core/adapter'
import type { KafkajsOptions, KafkajsSasl } from './kafkajs-options.ts'
import { KafkajsTransport } from './kafkajs-transport.ts'
import { optionsFromUrl } from './kafkajs-url.ts'

export type { KafkajsOptions, KafkajsSasl }

/**
 * Apache Kafka 4.0 or newer, through kafkajs' connections. Reaches for nothing before `open()`; throws `STREAM_CONFIG_INVALID` for
 * options that make no sense.
 */
export function kafkajs(options: KafkajsOptions): Transport {
  return new KafkajsTransport(options)
}

/** How `kafkajs://host:port,host2:port?clientId=name` becomes a transport. */
const adapter: TransportAdapter = {
  kind: 'transport',
  scheme: 'kafkajs',
  contract: contractVersion,
  fromUrl: (url) => kafkajs(optionsFromUrl(url)),
}

export default adapter
