import { StreamError } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import adapter, { kafkajs } from './index.ts'
import { resolveOptions } from './kafkajs-options.ts'
import { optionsFromUrl } from './kafkajs-url.ts'

function failure(run: () => unknown): StreamError {
  try {
    run()
  } catch (error) {
    if (StreamError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('kafkajs:// URLs', () => {
  it('name brokers and options', () => {
    expect(
      optionsFromUrl('kafkajs://a:9092,b:9093?clientId=app%201&ssl=true&requestTimeoutMs=500&compression=gzip'),
    ).toEqual({
      brokers: ['a:9092', 'b:9093'],
      clientId: 'app 1',
      ssl: true,
      requestTimeoutMs: 500,
      compression: 'gzip',
    })
  })

  it('make a transport by the manifest, which reaches for nothing', () => {
    expect(adapter).toMatchObject({ kind: 'transport', scheme: 'kafkajs', contract: 1 })
    expect(adapter.fromUrl('kafkajs://localhost:9092').name).toBe('kafkajs')
  })

  it.each([
    ['kafkajs://a:9092?clientid=x', 'clientid'],
    ['kafkajs://a:9092?toString=x', 'toString'],
    ['kafkajs://a:9092?ssl=yes', 'ssl'],
    ['kafkajs://a:9092?requestTimeoutMs=-1', 'requestTimeoutMs'],
    ['kafkajs://a:9092?clientId=a&clientId=b', 'twice'],
    ['kafkajs://', 'host:port'],
    ['kafkajs://a', 'host:port'],
    ['kafkajs://a:0', 'host:port'],
    ['kafkajs://a:9092/path', 'must look like'],
    ['kafka://a:9092', 'must look like'],
  ])('are refused where they are wrong: %s', (url, said) => {
    const error = failure(() => adapter.fromUrl(url))
    expect([error.code, error.message]).toEqual(['STREAM_CONFIG_INVALID', expect.stringContaining(said)])
  })

  it('never bring a password back out', () => {
    for (const url of ['kafkajs://bob:hunter2@a:9092', 'kafkajs://a:9092?password=hunter2', 'kafkajs://a:hunter2']) {
      const error = failure(() => adapter.fromUrl(url))
      expect(JSON.stringify([error.message, error.place, error.stack])).not.toContain('hunter2')
    }
  })
})

describe('the options', () => {
  it('are checked at once', () => {
    expect(failure(() => kafkajs({ brokers: [] })).code).toBe('STREAM_CONFIG_INVALID')
    expect(failure(() => kafkajs({ brokers: ['a:1'], batchBytes: 0.5 })).message).toContain('batchBytes')
    expect(failure(() => kafkajs({ brokers: ['a:1'], compression: 'brotli' as never })).message).toContain('none, gzip')
  })

  it('take IPv6 addresses in brackets', () => {
    expect(resolveOptions({ brokers: ['[::1]:9092'] }).seeds).toEqual([{ host: '::1', port: 9092 }])
  })
})

describe('a transport that is not open', () => {
  it('says so', () => {
    expect(failure(() => kafkajs({ brokers: ['a:1'] }).admin()).code).toBe('STREAM_STATE_INVALID')
  })
})
