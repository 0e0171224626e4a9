import type { Headers } from '@stream/core/adapter'
import { describe, expect, it } from 'vitest'
import type { NativeHeader } from '../native/index.ts'
import { carrierName, fromNativeHeaders, toNativeHeaders } from './header-guard.ts'

/** What node-rdkafka makes of headers on their way out: text, ended by a NUL. */
function throughClient(native: readonly NativeHeader[] | undefined): Readonly<Record<string, Buffer>>[] | undefined {
  return native?.map((header) => {
    const [name, value] = Object.entries(header)[0] ?? ['', '']
    return { [cut(name)]: Buffer.from(cut(`${value}`), 'utf8') }
  })
}

function cut(text: string): string {
  return text.split('\0')[0] ?? ''
}

function roundTrip(headers: Headers): (readonly [string, string | null])[] {
  const read = fromNativeHeaders(throughClient(toNativeHeaders(headers)))
  return read.map(([name, value]) => [name, value === null ? null : Buffer.from(value).toString('hex')])
}

function hex(headers: Headers): (readonly [string, string | null])[] {
  return headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value).toString('hex')])
}

describe('headers on their way through node-rdkafka', () => {
  it.each<[string, Headers]>([
    ['bytes that are no UTF-8', [['h', Buffer.from([0xff, 0x80, 0x01])]]],
    ['a NUL in a value', [['h', Buffer.from([1, 0, 2])]]],
    [
      'null and empty values',
      [
        ['null', null],
        ['empty', Buffer.alloc(0)],
        ['null', null],
      ],
    ],
    ['a NUL or a lone surrogate in a name', [['a\0b', Buffer.from('x')]]],
    [
      'their order, and names that repeat',
      [
        ['b', Buffer.from('1')],
        ['a', null],
        ['b', Buffer.from([0])],
        ['a', Buffer.from('2')],
      ],
    ],
    [
      'the name of the carrier itself',
      [
        [carrierName, Buffer.from('mine')],
        ['x', Buffer.from([255])],
      ],
    ],
  ])('keep %s', (_, headers) => {
    expect(roundTrip(headers)).toEqual(hex(headers))
  })

  it('are untouched where all of them are text: other clients read them as they are', () => {
    expect(
      toNativeHeaders([
        ['a', Buffer.from('größe ✓')],
        ['', Buffer.alloc(0)],
      ]),
    ).toEqual([{ a: 'größe ✓' }, { '': '' }])
  })

  it('are read as they are where somebody else uses the name of the carrier', () => {
    const foreign = [{ [carrierName]: Buffer.from('{"not": "a list"}') }]
    expect(hex(fromNativeHeaders(foreign))).toEqual([[carrierName, Buffer.from('{"not": "a list"}').toString('hex')]])
  })

  it('keep a header called __proto__, which node-rdkafka sets as a prototype', () => {
    const header: Record<string, Buffer> = {}
    Object.setPrototypeOf(header, Buffer.from('v'))
    expect(hex(fromNativeHeaders([header]))).toEqual([['__proto__', Buffer.from('v').toString('hex')]])
  })
})
