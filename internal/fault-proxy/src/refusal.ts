import { type Fields, type FieldValue, fieldName, type MessageCodec } from './message-codec.ts'
import type { FieldDefinition } from './message-definition.ts'

/** Where an answer's lists and names come from in the request, where the two are not called the same. */
const sources: Readonly<Record<string, readonly string[]>> = {
  responses: ['topicData', 'topics'],
  partitionResponses: ['partitionData'],
  resultsByTopicV3AndBelow: ['v3AndBelowTopics'],
  resultsByPartition: ['partitions'],
  coordinators: ['coordinatorKeys'],
  partitionIndex: ['partition', 'index'],
}

/** Numbers that an answer with an error has in place of its result. */
const absent: ReadonlySet<string> = new Set([
  'baseOffset',
  'logAppendTimeMs',
  'logStartOffset',
  'producerId',
  'producerEpoch',
  'nodeId',
  'port',
  'highWatermark',
  'generationId',
  'offset',
  'timestamp',
  'committedOffset',
])

const errorFields: ReadonlySet<string> = new Set(['errorCode', 'partitionErrorCode'])

/** The answer that refuses a request with an error code, everywhere it can carry one. */
export function refusalOf(codec: MessageCodec, request: Fields, errorCode: number): Fields {
  return refused(codec, codec.fieldsOf(), request, errorCode)
}

function refused(
  codec: MessageCodec,
  definitions: readonly FieldDefinition[],
  request: FieldValue,
  errorCode: number,
): Fields {
  const answer: Fields = {}
  for (const field of definitions) {
    if (field.taggedVersions !== undefined) continue
    const name = fieldName(field)
    const given = valueIn(request, name)
    if (errorFields.has(name)) answer[name] = errorCode
    else if (Array.isArray(given) && field.type.startsWith('[]')) {
      const inner = codec.fieldsOf(field)
      answer[name] = given.map((item) => refused(codec, inner, item, errorCode))
    } else if (isIdentity(name)) answer[name] = given
    else if (absent.has(name)) answer[name] = field.type === 'int64' ? -1n : -1
  }
  return answer
}

/** A list of plain values (partition numbers, keys) gives its items their only field. */
function valueIn(request: FieldValue, name: string): FieldValue {
  if (request === null || typeof request !== 'object' || Buffer.isBuffer(request) || Array.isArray(request)) {
    return isIdentity(name) ? request : undefined
  }
  for (const source of [name, ...(sources[name] ?? [])]) {
    if (request[source] !== undefined) return request[source]
  }
  return undefined
}

function isIdentity(name: string): boolean {
  return ['name', 'topic', 'topicId', 'index', 'partitionIndex', 'key', 'groupId', 'memberId'].includes(name)
}

/** Puts an error code into an answer: at its partitions where it has such, else at its top. Gives how many places took it. */
export function disguise(answer: Fields, errorCode: number): number {
  let places = 0
  for (const value of Object.values(answer)) {
    if (!Array.isArray(value)) continue
    for (const item of value) if (isFields(item)) places += disguise(item, errorCode)
  }
  if (places > 0) return places
  for (const name of errorFields) {
    if (!(name in answer)) continue
    answer[name] = errorCode
    places++
  }
  // A broker that did not do it names no producer.
  if (places > 0) for (const name of ['producerId', 'producerEpoch']) if (name in answer) answer[name] = -1n
  return places
}

function isFields(value: FieldValue): value is Fields {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) && !Array.isArray(value)
}
