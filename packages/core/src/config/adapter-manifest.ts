import type { Store } from '../store/index.ts'
import type { Transport } from '../transport/index.ts'

/**
 * The default export of an adapter package: how a string such as `kafkajs://host:9092` becomes a transport. A URL carries data only;
 * a query key the adapter does not know is refused with `STREAM_CONFIG_INVALID`.
 */
export interface TransportAdapter {
  readonly kind: 'transport'
  /** `^[a-z][a-z0-9-]{1,31}$`, for example `kafkajs`. */
  readonly scheme: string
  /** `contractVersion` of the core it was written against. */
  readonly contract: number
  /** Makes the transport; throws `STREAM_CONFIG_INVALID` for what the string gets wrong. Secrets of the string never come back out. */
  fromUrl(url: string): Transport
}

/** As {@link TransportAdapter}, for stores such as `rocksdb://./state`. */
export interface StoreAdapter {
  readonly kind: 'store'
  readonly scheme: string
  readonly contract: number
  fromUrl(url: string): Store
}
