import { bytes, type TopicDeclaration } from '@stream/core'

/** What the driver needs to know of a topic; what `app.topic()` returns is one. */
export type DrivenTopic<K, V> = Pick<TopicDeclaration<K, V>, 'name' | 'key' | 'value' | 'partitioner'>

/** A topic by its name alone: bytes, placed by murmur2. */
export function topicOfBytes(name: string): DrivenTopic<Uint8Array, Uint8Array> {
  return { name, key: bytes(), value: bytes(), partitioner: 'murmur2' }
}
