import { describe, expect, it } from 'vitest'
import adapter from '../index.ts'
import { optionsFromUrl } from './rdkafka-url.ts'

describe('rdkafka:// strings', () => {
  it('name the brokers and the options whose value is text', () => {
    expect(optionsFromUrl('rdkafka://a:1,b:2/?clientId=delays&compression=lz4&batchBytes=1000')).toEqual({
      brokers: ['a:1', 'b:2'],
      clientId: 'delays',
      compression: 'lz4',
      batchBytes: 1000,
    })
    expect(adapter.fromUrl('rdkafka://localhost:9092').name).toBe('rdkafka')
  })

  it.each([
    ['rdkafka://user:tr0ub4dor@host:1', 'must not hold a user or password'],
    ['rdkafka://host:1?nope=1', 'the query key nope is not known'],
    ['rdkafka://host:1?batchBytes=x', 'batchBytes must be a positive integer'],
    ['rdkafka://host:1?clientId=a&clientId=b', 'is there twice'],
    ['rdkafka://', 'brokers must hold host:port'],
  ])('%s is refused', (url, sentence) => {
    const make = () => adapter.fromUrl(url)
    expect(make).toThrow(sentence)
    expect(make).not.toThrow('tr0ub4dor')
  })
})
