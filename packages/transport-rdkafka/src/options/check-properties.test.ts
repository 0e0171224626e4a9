import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { rdkafka } from '../index.ts'
import * as names from './property-names.ts'
import { refusedProperties } from './refused-properties.ts'

function refusal(properties: Record<string, unknown>): { code: string; message: string } {
  try {
    // A program without types can pass anything.
    rdkafka({ brokers: ['localhost:9092'], properties: properties as Record<string, string> })
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return { code, message }
  }
  throw new Error('it was not refused')
}

describe('properties of librdkafka', () => {
  it.each([...refusedProperties])('%s is refused by name, with the reason', (name, reason) => {
    const { code, message } = refusal({ [name]: 'x' })
    expect(code).toBe('STREAM_CONFIG_INVALID')
    expect(message).toContain(`the property ${name} is refused: ${reason}`)
  })

  it('callbacks are refused', () => {
    expect(refusal({ rebalance_cb: true }).message).toContain('the property rebalance_cb is refused')
    expect(refusal({ oauthbearer_token_refresh_cb: true }).message).toContain('is refused')
  })

  it('the consumer protocol is refused with what would be lost', () => {
    expect(refusal({ 'group.protocol': 'consumer' }).message).toContain('KIP-848')
  })

  it('one that is not known is refused with the nearest name', () => {
    expect(refusal({ 'sasl.user': 'x' }).message).toContain('did you mean sasl.username?')
    expect(refusal({ 'socket.keepalive': true }).message).toContain('did you mean socket.keepalive.enable?')
  })

  it('a value that is none is refused without being repeated', () => {
    const { message } = refusal({ 'sasl.password': { secret: 'tr0ub4dor' } })
    expect(message).toContain('sasl.password must be a string, a number or a boolean')
    expect(message).not.toContain('tr0ub4dor')
  })

  it('everything else is taken', () => {
    const properties = {
      'security.protocol': 'sasl_ssl',
      'sasl.username': 'u',
      'compression.level': 3,
      'socket.keepalive.enable': true,
    }
    expect(() => rdkafka({ brokers: ['localhost:9092'], properties })).not.toThrow()
  })

  it('the names are those of node-rdkafka’s own list, and every refused one is among them', () => {
    const own = createRequire(import.meta.url).resolve('node-rdkafka/config.d.ts')
    const listed = [...readFileSync(own, 'utf8').matchAll(/^ {4}"([a-z][^"]*)"\?:/gm)].map((match) => match[1] ?? '')
    const known = new Set(Object.values(names).flat())
    expect(listed.length).toBeGreaterThan(100)
    expect(listed.filter((name) => !known.has(name) && name !== 'event_cb')).toEqual([])
    expect([...refusedProperties.keys()].filter((name) => !known.has(name))).toEqual([])
  })
})

describe('options', () => {
  it.each([
    [{ brokers: [] }, 'brokers must be a list'],
    [{ brokers: ['user:pw@host:1'] }, 'brokers must hold host:port'],
    [{ brokers: ['h:1'], compression: 'brotli' }, 'compression must be one of'],
    [{ brokers: ['h:1'], batchBytes: 0 }, 'batchBytes must be a positive integer'],
    [{ brokers: ['h:1'], sasl: {} }, 'the option sasl is not known'],
  ])('%j are refused', (options, sentence) => {
    // A program without types can pass anything.
    expect(() => rdkafka(options as unknown as { brokers: string[] })).toThrow(sentence)
  })
})
