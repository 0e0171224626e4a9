import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import type { Transport } from '../transport/index.ts'
import type { TransportAdapter } from './adapter-manifest.ts'
import { resolveAdapter } from './resolve-adapter.ts'

/** Made of what checks look at; nothing here is ever opened. */
function fakeTransport(fields: object = {}): Transport {
  const method = (): never => {
    throw new Error('not used')
  }
  const methods = {
    open: method,
    group: method,
    reader: method,
    producer: method,
    committer: method,
    admin: method,
    close: method,
  }
  return { contract: 1, name: 'fake', ...methods, ...fields } as unknown as Transport
}

function fakeAdapter(fields: Partial<TransportAdapter> = {}): TransportAdapter {
  return { kind: 'transport', scheme: 'fake', contract: 1, fromUrl: (url) => fakeTransport({ url }), ...fields }
}

async function refusal(work: Promise<unknown>): Promise<StreamError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!StreamError.is(thrown)) throw new Error('not refused with a StreamError', { cause: thrown })
  return thrown
}

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'adapters-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function application(manifest: object): void {
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
}

const working = `
  const method = () => {}
  const methods = Object.fromEntries(['open', 'group', 'reader', 'producer', 'committer', 'admin', 'close'].map((name) => [name, method]))
  export default { kind: 'transport', scheme: 'rdkafka', contract: 1, fromUrl: (url) => ({ contract: 1, name: 'rdkafka', url, ...methods }) }
`

/** Puts a package where the application would have it. */
function install(name: string, source: string): void {
  const directory = join(root, 'node_modules', name)
  mkdirSync(directory, { recursive: true })
  const exports = { '.': { types: './index.d.ts', default: './index.js' } }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version: '1.0.0', type: 'module', exports }))
  writeFileSync(join(directory, 'index.js'), source)
}

const rdkafka = '@stream/transport-rdkafka'
const resolve = (value: string, appRoot = root): Promise<Transport> =>
  resolveAdapter({ kind: 'transport', value, appRoot })

describe('an adapter given as an object', () => {
  it('is taken as it is', async () => {
    const transport = fakeTransport()
    expect(await resolveAdapter({ kind: 'transport', value: transport })).toBe(transport)
  })
  it.each([
    ['a factory', () => fakeTransport(), 'was it meant to be called'],
    ['a manifest', fakeAdapter(), 'the manifest of an adapter'],
    ['nothing', undefined, 'undefined'],
    ['a store', { contract: 1, start() {}, open() {}, apply() {}, close() {} }, 'lacks group, reader'],
    ['options', { brokers: [] }, 'an object that no adapter made'],
  ])('is refused where it is %s', async (_, value, reason) => {
    const error = await refusal(resolveAdapter({ kind: 'transport', value: value as never }))
    expect(error.code).toBe('STREAM_CONFIG_INVALID')
    expect(error.message).toContain(reason)
    expect(error.message).toContain('kafkajs({')
  })
  it.each([0, 2])('is refused with both versions where it is of contract %i', async (contract) => {
    const error = await refusal(resolveAdapter({ kind: 'transport', value: fakeTransport({ contract }) }))
    expect(error.code).toBe('STREAM_ADAPTER_INCOMPATIBLE')
    expect(error.message).toContain(`contract ${contract}, and this @stream/core speaks contract 1`)
    expect(error.message).toContain(contract === 2 ? 'a newer @stream/core' : 'a newer version of the adapter')
  })
})

describe('an adapter string', () => {
  it.each([
    '',
    'memory',
    'Memory://',
    'm://',
    '../adapter.js',
    'file',
    'kafkajs:h',
    ' memory://',
    'memory://a\nb',
    '1x://',
    `${'a'.repeat(33)}://`,
  ])('is refused where it is no such string: %j', async (value) => {
    const error = await refusal(resolve(value))
    expect(error.code).toBe('STREAM_CONFIG_INVALID')
    expect(error.message).toContain('<scheme>://<address>')
  })
  it('of a misspelled scheme is refused, with the nearest one and all known', async () => {
    const error = await refusal(resolve('kafkasj://u:hunter2@localhost'))
    expect(error.code).toBe('STREAM_ADAPTER_UNKNOWN')
    expect(error.message).toContain('kafkasj (did you mean kafkajs?); known are kafkajs, memory, rdkafka')
    expect(error.message).not.toContain('hunter2')
  })
  it('of the other kind is refused, saying so', async () => {
    expect((await refusal(resolve('rocksdb://./x'))).message).toContain('rocksdb is a store')
    const error = await refusal(resolveAdapter({ kind: 'store', value: 'kafkajs://h', appRoot: root } as never))
    expect(error.message).toContain('kafkajs is a transport')
  })
  it('goes to an adapter that the app registers', async () => {
    const value = 'fake://u:p@h?x=1'
    const transport = await resolveAdapter({ kind: 'transport', value, adapters: [fakeAdapter()] })
    expect(transport).toMatchObject({ url: value })
  })
  it('is refused where two adapters claim the scheme', async () => {
    const twice = [fakeAdapter(), fakeAdapter()]
    expect((await refusal(resolveAdapter({ kind: 'transport', value: 'fake://', adapters: twice }))).code).toBe(
      'STREAM_CONFIG_INVALID',
    )
  })
  it('goes to an adapter that the app registers under a scheme of the library, as bundled programs need it', async () => {
    const adapters = [fakeAdapter({ scheme: 'memory' })]
    const transport = await resolveAdapter({ kind: 'transport', value: 'memory://', adapters, appRoot: root })
    expect(transport).toMatchObject({ url: 'memory://' })
  })
  it('is refused where what the app registers is no manifest', async () => {
    for (const wrong of [undefined, fakeTransport(), { kind: 'transport', scheme: 'NO' }]) {
      const error = await refusal(resolveAdapter({ kind: 'transport', value: 'fake://', adapters: [wrong as never] }))
      expect(error.code).toBe('STREAM_CONFIG_INVALID')
    }
  })
  it('names what the adapter refuses in it, without credentials', async () => {
    const fromUrl = (url: string): never => {
      throw new TypeError(`Invalid URL: ${url}`)
    }
    const value = 'fake://user:hunter2@h?token=sesame'
    const error = await refusal(resolveAdapter({ kind: 'transport', value, adapters: [fakeAdapter({ fromUrl })] }))
    expect(error.code).toBe('STREAM_CONFIG_INVALID')
    expect(error.message).toContain('Invalid URL')
    expect(inspect(error, { depth: 10 })).not.toMatch(/hunter2|sesame/)
  })
  it('passes on an error of the adapter that tells no secret', async () => {
    const mine = new StreamError({ code: 'STREAM_CONFIG_INVALID', message: 'the query key colour is unknown' })
    const fromUrl = (): never => {
      throw mine
    }
    expect(
      await refusal(
        resolveAdapter({ kind: 'transport', value: 'fake://u:hunter2@h', adapters: [fakeAdapter({ fromUrl })] }),
      ),
    ).toBe(mine)
  })
})

describe('a package that a string names', () => {
  it('comes from the dependencies of the application', async () => {
    application({ dependencies: { [rdkafka]: '*' } })
    install(rdkafka, working)
    expect(await resolve('rdkafka://localhost:9092')).toMatchObject({
      name: 'rdkafka',
      url: 'rdkafka://localhost:9092',
    })
  })
  it('is found from a directory below, past a package.json that lists nothing', async () => {
    application({ devDependencies: { [rdkafka]: '*' } })
    install(rdkafka, working)
    mkdirSync(join(root, 'dist', 'bin'), { recursive: true })
    writeFileSync(join(root, 'dist', 'package.json'), '{"type":"module"}')
    expect(await resolve('rdkafka://h', join(root, 'dist', 'bin'))).toMatchObject({ name: 'rdkafka' })
  })
  it('is missing where it only happens to be in reach', async () => {
    application({ dependencies: {} })
    install(rdkafka, 'throw new Error("was loaded")')
    const error = await refusal(resolve('rdkafka://h'))
    expect(error.code).toBe('STREAM_ADAPTER_MISSING')
    expect(error.message).toContain(`run npm install ${rdkafka}`)
  })
  it.each([
    ['npm', 'package-lock.json', `npm install ${rdkafka}`],
    ['pnpm', 'pnpm-lock.yaml', `pnpm add ${rdkafka}`],
    ['yarn', 'yarn.lock', `yarn add ${rdkafka}`],
    ['bun', 'bun.lock', `bun add ${rdkafka}`],
  ])('is missing with the install command of %s', async (_, lockFile, command) => {
    application({})
    writeFileSync(join(root, lockFile), '')
    const error = await refusal(resolve('rdkafka://h'))
    expect(error.code).toBe('STREAM_ADAPTER_MISSING')
    expect(error.message).toContain(`run ${command}`)
    expect(error.place.install).toBe(command)
  })
  it('is missing where it is listed and not installed', async () => {
    application({ dependencies: { [rdkafka]: '*' }, packageManager: 'pnpm@10.0.0' })
    const error = await refusal(resolve('rdkafka://h'))
    expect(error.code).toBe('STREAM_ADAPTER_MISSING')
    expect(error.message).toContain('not installed; run pnpm install')
  })
  it('is told where it cannot be loaded', async () => {
    application({ dependencies: { [rdkafka]: '*' } })
    install(rdkafka, "import 'some-client-that-is-not-there'")
    const error = await refusal(resolve('rdkafka://h'))
    expect(error.code).toBe('STREAM_ADAPTER_MISSING')
    expect(error.message).toContain('some-client-that-is-not-there')
  })
  it.each([
    ['nothing by default', 'export const x = 1', 'it has no default export'],
    ['another kind', working.replace("kind: 'transport'", "kind: 'store'"), 'its kind is store'],
    ['another scheme', working.replace("scheme: 'rdkafka'", "scheme: 'other'"), 'its scheme is other'],
    ['no fromUrl', working.replace('fromUrl', 'makeIt'), 'it has no fromUrl'],
    ['no contract', working.replace('contract: 1, from', 'from'), 'it states no contract version'],
    [
      'another contract',
      working.replace('contract: 1, from', 'contract: 7, from'),
      'contract 7, and this @stream/core speaks contract 1',
    ],
  ])('is incompatible where it exports %s', async (_, source, reason) => {
    application({ dependencies: { [rdkafka]: '*' } })
    install(rdkafka, source)
    const error = await refusal(resolve('rdkafka://h'))
    expect(error.code).toBe('STREAM_ADAPTER_INCOMPATIBLE')
    expect(error.message).toContain(reason)
  })
})
