import type { Admin, Transport, TransportContext, TransportSupports } from '@stream/core/adapter'

/** A transport that says it can do less, and whose admin tells less: what an adapter with a poorer client is. */
export class LimitedTransport implements Transport {
  readonly contract: number
  readonly name: string
  readonly supports: TransportSupports
  readonly #inner: Transport

  constructor(inner: Transport, lacks: Partial<TransportSupports>) {
    this.#inner = inner
    this.contract = inner.contract
    this.name = `limited ${inner.name}`
    this.supports = { ...inner.supports, ...lacks }
  }

  open(context: TransportContext): Promise<void> {
    return this.#inner.open(context)
  }

  group(...args: Parameters<Transport['group']>): ReturnType<Transport['group']> {
    return this.#inner.group(...args)
  }

  reader(...args: Parameters<Transport['reader']>): ReturnType<Transport['reader']> {
    return this.#inner.reader(...args)
  }

  producer(...args: Parameters<Transport['producer']>): ReturnType<Transport['producer']> {
    return this.#inner.producer(...args)
  }

  committer(...args: Parameters<Transport['committer']>): ReturnType<Transport['committer']> {
    return this.#inner.committer(...args)
  }

  admin(): Admin {
    const admin = this.#inner.admin()
    if (this.supports.describeConfigs) return admin
    return {
      describeTopics: async (names) => {
        const topics = await admin.describeTopics(names)
        return new Map([...topics].map(([name, { partitions }]) => [name, { name, partitions }]))
      },
      createTopics: (topics) => admin.createTopics(topics),
      deleteRecords: (before) => admin.deleteRecords(before),
      close: () => admin.close(),
    }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
