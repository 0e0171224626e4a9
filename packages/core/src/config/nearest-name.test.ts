import { describe, expect, it } from 'vitest'
import { didYouMean, nearestName } from './nearest-name.ts'

const known = ['kafkajs', 'rdkafka', 'memory', 'rocksdb']

describe('nearestName', () => {
  it.each([
    ['kafkasj', 'kafkajs'],
    ['kafka-js', 'kafkajs'],
    ['KafkaJS', 'kafkajs'],
    ['memmory', 'memory'],
    ['rocksbd', 'rocksdb'],
    ['rdkafak', 'rdkafka'],
    ['kafka', 'kafkajs'],
    ['rocks', 'rocksdb'],
  ])('finds what %s was meant to be', (given, meant) => {
    expect(nearestName(given, known)).toBe(meant)
  })
  it.each(['', 'mongodb', 'x', 'redis'])('finds nothing for %j, which is far from all', (given) => {
    expect(nearestName(given, known)).toBeUndefined()
  })
  it('is quick for endless input', () => {
    expect(nearestName('k'.repeat(1_000_000), known)).toBeUndefined()
  })
  it('is a phrase, or nothing', () => {
    expect(didYouMean('memry', known)).toBe(' (did you mean memory?)')
    expect(didYouMean('zzz', known)).toBe('')
  })
})
