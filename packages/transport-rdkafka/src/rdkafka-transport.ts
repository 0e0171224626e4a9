import {
  type Admin,
  type Committer,
  type CommitterOptions,
  contractVersion,
  type GroupConsumer,
  type GroupListener,
  type GroupOptions,
  type Producer,
  type ProducerOptions,
  type Reader,
  type ReaderOptions,
  StreamError,
  type Transport,
  type TransportContext,
  type TransportSupports,
} from '@stream/core/adapter'
import { RdkafkaAdmin } from './admin/index.ts'
import { Edges } from './ask/index.ts'
import { RdkafkaCommitter } from './commit/index.ts'
import { RdkafkaReader } from './consume/index.ts'
import { Members, RdkafkaGroupConsumer } from './group/index.ts'
import { type ClientLibrary, codesByText, failureOf, loadClient, type NativeProducer } from './native/index.ts'
import {
  adminProperties,
  type ClientProperties,
  memberProperties,
  producerProperties,
  type RdkafkaOptions,
  type ResolvedOptions,
  readerProperties,
  resolveOptions,
} from './options/index.ts'
import { RdkafkaProducer, TopicLimits } from './produce/index.ts'
import { reach } from './reach.ts'

/** What is there once the transport is open. */
interface Opened {
  readonly library: ClientLibrary
  readonly byText: ReadonlyMap<string, number>
  readonly edges: Edges
  readonly log: TransportContext['log']
}

/** Apache Kafka, through librdkafka. */
export class RdkafkaTransport implements Transport {
  readonly contract: number = contractVersion
  readonly name: string = 'rdkafka'
  readonly supports: TransportSupports = Object.freeze({
    groupFencing: true,
    cooperative: true,
    assignor: false,
    staticMembership: true,
    producedOffsets: false,
    deleteRecords: false,
    describeConfigs: false,
  })
  private readonly options: ResolvedOptions
  private readonly members: Members = new Members()
  private readonly limits: TopicLimits
  private readonly closers: Set<() => Promise<void>> = new Set()
  private opened: Opened | undefined
  private closed: Promise<void> | undefined

  /** Throws `STREAM_CONFIG_INVALID`; loads and reaches for nothing yet. */
  constructor(options: RdkafkaOptions) {
    this.options = resolveOptions(options)
    this.limits = new TopicLimits(this.options.batchBytes)
  }

  async open({ log }: TransportContext): Promise<void> {
    const library = loadClient()
    this.assertCodec(library)
    const edges = new Edges({ library, options: this.options, log })
    try {
      await reach(library, this.options)
    } catch (error) {
      await edges.close()
      throw error
    }
    this.opened = { library, byText: codesByText(library), edges, log }
  }

  group(options: GroupOptions, listener: GroupListener): GroupConsumer {
    const { library, ...opened } = this.use()
    const { global, topic } = memberProperties(this.options, options)
    return this.tracked(
      (onClose) =>
        new RdkafkaGroupConsumer({
          ...opened,
          group: options,
          listener,
          members: this.members,
          connectTimeoutMs: this.options.connectionTimeoutMs,
          create: (callbacks) => configured(() => new library.KafkaConsumer({ ...global, ...callbacks }, topic)),
          onClose,
        }),
      (consumer) => consumer.close({ leave: true }),
    )
  }

  reader(options: ReaderOptions): Reader {
    const { library, edges, log } = this.use()
    const { global, topic } = readerProperties(this.options, options.isolation, options)
    return this.tracked(
      (onClose) =>
        new RdkafkaReader({
          create: () => configured(() => new library.KafkaConsumer(global, topic)),
          edges,
          log,
          maxPollBytes: options.maxPollBytes,
          connectTimeoutMs: this.options.connectionTimeoutMs,
          onClose,
        }),
    )
  }

  producer({ deliveryTimeoutMs }: ProducerOptions): Producer {
    const { byText, log } = this.use()
    const properties = producerProperties(this.options, deliveryTimeoutMs)
    return this.tracked(
      (onClose) =>
        new RdkafkaProducer({
          create: () => this.createProducer(properties),
          byText,
          log,
          limits: this.limits,
          deliveryTimeoutMs,
          connectTimeoutMs: this.options.connectionTimeoutMs,
          onClose,
        }),
    )
  }

  committer(options: CommitterOptions): Committer {
    const { byText, log } = this.use()
    const properties = producerProperties(this.options, options.timeoutMs, options)
    return this.tracked(
      (onClose) =>
        new RdkafkaCommitter({
          ...options,
          create: () => this.createProducer(properties),
          byText,
          log,
          limits: this.limits,
          members: this.members,
          onClose,
        }),
    )
  }

  admin(): Admin {
    const { library, edges } = this.use()
    const properties = adminProperties(this.options)
    return this.tracked(
      (onClose) =>
        new RdkafkaAdmin({
          create: () => configured(() => library.AdminClient.create({ ...properties })),
          edges,
          timeoutMs: this.options.requestTimeoutMs,
          onClose,
        }),
    )
  }

  close(): Promise<void> {
    this.closed ??= this.end()
    return this.closed
  }

  private async end(): Promise<void> {
    await Promise.all([...this.closers].map((close) => close()))
    await this.opened?.edges.close()
  }

  private createProducer({ global, topic }: ClientProperties): NativeProducer {
    const { library } = this.use()
    // Reports of failed records only, by a property: those of all would cost three times what sending does.
    return configured(() => new library.Producer({ ...global, dr_cb: true }, topic))
  }

  private use(): Opened {
    if (this.closed !== undefined) {
      throw new StreamError({ code: 'STREAM_CLOSED', message: 'The rdkafka transport is closed' })
    }
    if (this.opened === undefined) {
      throw new StreamError({ code: 'STREAM_STATE_INVALID', message: 'Call open() of the rdkafka transport first' })
    }
    return this.opened
  }

  private tracked<T extends object>(
    make: (onClose: () => void) => T,
    close: (resource: T) => Promise<void> = (resource) => (resource as T & { close(): Promise<void> }).close(),
  ): T {
    const closer = (): Promise<void> => close(resource)
    const resource = make(() => this.closers.delete(closer))
    this.closers.add(closer)
    return resource
  }

  private assertCodec({ features }: ClientLibrary): void {
    const { compression } = this.options
    if (compression === 'none' || features.includes(compression)) return
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `This build of librdkafka cannot compress with ${compression}: install its development package and build node-rdkafka again, or choose another \`compression\``,
      place: { option: 'compression' },
    })
  }
}

/** librdkafka refuses a property's value by throwing; its text names the property, never another's value. */
function configured<T>(make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: `transport-rdkafka: librdkafka refuses the configuration: ${failureOf(thrown).message}`,
    })
  }
}
