import { didYouMean, type StreamError } from '@stream/core/adapter'
import { invalidOption } from './invalid-option.ts'
import {
  commonProperties,
  consumerProperties,
  consumerTopicProperties,
  producerProperties,
  producerTopicProperties,
} from './property-names.ts'
import { callbackReason, refusedProperties } from './refused-properties.ts'

type Value = string | number | boolean
type Bag = Readonly<Record<string, Value>>

/** The user's properties, by what takes them. */
export interface SortedProperties {
  readonly common: Bag
  readonly consumer: Bag
  readonly consumerTopic: Bag
  readonly producer: Bag
  readonly producerTopic: Bag
}

const takers: readonly (readonly [keyof SortedProperties, readonly string[]])[] = [
  ['common', commonProperties],
  ['consumer', consumerProperties],
  ['producer', producerProperties],
  ['consumerTopic', consumerTopicProperties],
  ['producerTopic', producerTopicProperties],
]

const known: readonly string[] = takers.flatMap(([, names]) => names)

/**
 * Sorts librdkafka's properties by what takes them.
 *
 * @throws STREAM_CONFIG_INVALID for one that would break a promise, that librdkafka does not know, or that is no value
 */
export function sortProperties(properties: Readonly<Record<string, unknown>>): SortedProperties {
  const sorted: Record<keyof SortedProperties, Record<string, Value>> = {
    common: {},
    consumer: {},
    consumerTopic: {},
    producer: {},
    producerTopic: {},
  }
  for (const [name, value] of Object.entries(properties)) {
    const reason = refusalOf(name)
    if (reason !== undefined) throw refused(name, `is refused: ${reason}`)
    const taker = takers.find(([, names]) => names.includes(name))
    if (taker === undefined) throw refused(name, `is not known to librdkafka${didYouMean(name, known)}`)
    // The value is not repeated: it may be a password.
    if (!isValue(value)) throw refused(name, 'must be a string, a number or a boolean')
    sorted[taker[0]][name] = value
  }
  return sorted
}

function refusalOf(name: string): string | undefined {
  return refusedProperties.get(name) ?? (/_cb(_data)?$/.test(name) && known.includes(name) ? callbackReason : undefined)
}

function isValue(value: unknown): value is Value {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  )
}

function refused(name: string, problem: string): StreamError {
  return invalidOption(`the property ${name}`, problem)
}
