import type { WireRequest } from '../wire/index.ts'

/** Where a broker listens. */
export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** A topic as a broker knows it; `leaders[partition]` is -1 while there is none. */
export interface TopicMetadata {
  readonly error: number
  readonly name: string
  readonly leaders: readonly number[]
}

/** Answer of {@link metadata}. */
export interface MetadataAnswer {
  readonly brokers: readonly BrokerAddress[]
  readonly topics: readonly TopicMetadata[]
}

/** Brokers and leaders. Never creates a topic; an error of one topic leaves the others alone. */
export function metadata(topics: readonly string[]): WireRequest<MetadataAnswer> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    version: 6,
    flexible: false,
    write: (out) => out.array(topics, (topic) => out.string(topic)).bool(false),
    read: (answer) => {
      answer.int32()
      const brokers = answer.array(() => {
        const address = { nodeId: answer.int32(), host: answer.string(), port: answer.int32() }
        answer.nullableString()
        return address
      })
      answer.nullableString()
      answer.int32()
      const topicList = answer.array(() => {
        const error = answer.int16()
        const name = answer.string()
        answer.bool()
        const leaders: number[] = []
        answer.array(() => {
          answer.int16()
          const partition = answer.int32()
          leaders[partition] = answer.int32()
          for (let list = 0; list < 3; list++) answer.array(() => answer.int32())
        })
        return { error, name, leaders }
      })
      return { brokers, topics: topicList }
    },
  }
}

/** Answer of {@link findCoordinator}. */
export interface CoordinatorAnswer {
  readonly error: number
  readonly message: string | null
  readonly address: BrokerAddress
}

/** The broker that coordinates a consumer group or a transactional id. */
export function findCoordinator(kind: 'group' | 'transaction', key: string): WireRequest<CoordinatorAnswer> {
  return {
    apiKey: 10,
    apiName: 'FindCoordinator',
    version: 2,
    flexible: false,
    write: (out) => out.string(key).int8(kind === 'group' ? 0 : 1),
    read: (answer) => {
      answer.int32()
      return {
        error: answer.int16(),
        message: answer.nullableString(),
        address: { nodeId: answer.int32(), host: answer.string(), port: answer.int32() },
      }
    },
  }
}

/** Answer of {@link apiVersions}. */
export interface ApiVersionsAnswer {
  readonly error: number
  /** Highest version the broker takes, by API key. */
  readonly maxVersions: ReadonlyMap<number, number>
  /** Finalized features (KIP-584), such as `transaction.version`. */
  readonly features: ReadonlyMap<string, number>
}

/** What the broker speaks. The one answer of a flexible version whose header has no tags. */
export function apiVersions(): WireRequest<ApiVersionsAnswer> {
  return {
    apiKey: 18,
    apiName: 'ApiVersions',
    version: 3,
    flexible: true,
    write: (out) => out.compactString('stream').compactString('1').tags(),
    read: (answer) => {
      const error = answer.int16()
      const maxVersions = new Map<number, number>()
      // A broker that does not know this version answers in the layout of the first one.
      if (error !== 0) return { error, maxVersions, features: new Map() }
      answer.compactArray(() => {
        const key = answer.int16()
        answer.int16()
        maxVersions.set(key, answer.int16())
        answer.tags()
      })
      answer.int32()
      const features = new Map<string, number>()
      answer.eachTag((tag, field) => {
        if (tag !== 2) return
        field.compactArray(() => {
          features.set(field.compactString(), field.int16())
          field.int16()
          field.tags()
        })
      })
      return { error, maxVersions, features }
    },
  }
}
