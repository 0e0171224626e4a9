import { MessageCodec } from './message-codec.ts'
import { type MessageDefinition, parseDefinition } from './message-definition.ts'
import { readZip } from './zip.ts'

interface Api {
  readonly name: string
  readonly request: MessageDefinition
  readonly response: MessageDefinition
}

/** Every request and answer of Kafka's protocol, by the definitions that Kafka's own client library is generated from. */
export class KafkaProtocol {
  readonly #byKey = new Map<number, Api>()
  readonly #byName = new Map<string, number>()
  readonly #codecs = new Map<string, MessageCodec>()

  /** Takes the archive `kafka-clients-*.jar`, which holds them. */
  constructor(clientsJar: string) {
    const definitions = [...readZip(clientsJar, /^common\/message\/\w+(Request|Response)\.json$/).values()]
      .map(parseDefinition)
      .filter(({ apiKey }) => apiKey !== undefined)
    const responses = new Map(definitions.filter(({ type }) => type === 'response').map((one) => [one.apiKey, one]))
    for (const request of definitions) {
      const response = responses.get(request.apiKey)
      if (request.type !== 'request' || response === undefined) continue
      const name = request.name.replace(/Request$/, '')
      this.#byKey.set(request.apiKey, { name, request, response })
      this.#byName.set(name, request.apiKey)
    }
  }

  /** Name of an API, without `Request`; its number as text where this Kafka does not know it. */
  nameOf(apiKey: number): string {
    return this.#byKey.get(apiKey)?.name ?? String(apiKey)
  }

  keyOf(name: string): number {
    const key = this.#byName.get(name)
    if (key === undefined) throw new Error(`Kafka has no API '${name}'; it has ${[...this.#byName.keys()].join(', ')}`)
    return key
  }

  codec(apiKey: number, type: 'request' | 'response', version: number): MessageCodec {
    const id = `${apiKey} ${type} ${version}`
    const known = this.#codecs.get(id)
    if (known !== undefined) return known
    const api = this.#byKey.get(apiKey)
    if (api === undefined) throw new Error(`Kafka has no API with key ${apiKey}`)
    const codec = new MessageCodec(api[type], version)
    this.#codecs.set(id, codec)
    return codec
  }
}
