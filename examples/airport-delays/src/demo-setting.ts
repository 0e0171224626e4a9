import type { TransportAdapter } from '@stream/core'
import type { Transport } from '@stream/core/adapter'
import { MemoryLog, memory } from '@stream/transport-memory'
import { ChildWorker } from './child-worker.ts'
import { type DemoStore, demoStore } from './demo-store.ts'
import type { DemoWorker } from './demo-worker.ts'
import { EmbeddedWorker } from './embedded-worker.ts'

/** Where the demo plays. */
export interface DemoSetting {
  /** For people. */
  readonly name: string
  /** Before the names of app and topics. */
  readonly prefix: string
  /** The demo's own way to the log: what feeds the flights and reads the results does not die with the worker. */
  readonly transport: Transport
  readonly worker: DemoWorker
  readonly store: DemoStore
}

/** How the adapters other than the embedded log come in: only where they are asked for. */
const adapters: Readonly<Record<string, () => Promise<{ readonly default: TransportAdapter }>>> = {
  kafkajs: () => import('@stream/transport-kafkajs'),
}

/** A log in this process, unless the address of another one is given, and tables in memory, unless that of another store is. */
export async function demoSetting(address: string | undefined, storeAddress: string | undefined): Promise<DemoSetting> {
  if (address === undefined || address === '') return embedded(await demoStore(storeAddress, ''))
  const load = adapters[address.slice(0, address.indexOf(':'))]
  if (load === undefined) {
    const schemes = Object.keys(adapters).map((scheme) => `${scheme}://`)
    throw new Error(`STREAM_TRANSPORT: the demo runs on ${schemes.join(', ')}, or, without it, on the embedded log.`)
  }
  const { default: adapter } = await load()
  // Topics on a cluster outlive the demo, so that every run takes its own.
  const prefix = `demo-${Date.now().toString(36)}-`
  const store = await demoStore(storeAddress, prefix)
  const worker = new ChildWorker({
    STREAM_DEMO_PREFIX: prefix,
    STREAM_WORKER_ID: 'demo',
    ...(store.address !== undefined && { STREAM_STORE: store.address }),
  })
  return { name: 'Kafka', prefix, transport: adapter.fromUrl(address), worker, store }
}

function embedded(store: DemoStore): DemoSetting {
  const log = new MemoryLog()
  return {
    name: 'the embedded log',
    prefix: '',
    transport: memory({ log }),
    worker: new EmbeddedWorker(log, store),
    store,
  }
}
