import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { describeThrown, StreamError } from '@stream/core/adapter'
import type { Codec } from './codec.ts'
import { snappyCodec } from './snappy-codec.ts'
import { zstdCodec } from './zstd-codec.ts'

/** How produced batches are compressed. Batches of other producers are read whatever they use. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** The codecs in the order of their numbers in a batch's attributes. */
export const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Gives the codec of that number. Rejects with `STREAM_ADAPTER_MISSING` where its package is not installed. */
export type CodecLookup = (codec: number) => Promise<Codec>

/** How one codec is come by. */
export interface CodecSource {
  /** The package it needs, which the application installs. */
  readonly needs: string | undefined
  load(): Promise<Codec>
}

const gzipCodec: Codec = {
  compress: promisify<Uint8Array, Buffer>(gzip),
  decompress: promisify<Buffer, Buffer>(gunzip),
}

/** Where each codec comes from. */
export type CodecSources = Readonly<Record<Exclude<Compression, 'none'>, CodecSource>>

const installed: CodecSources = {
  gzip: { needs: undefined, load: () => Promise.resolve(gzipCodec) },
  snappy: { needs: 'snappy', load: async () => snappyCodec(await import('snappy')) },
  lz4: {
    needs: 'lz4-napi',
    load: async () => {
      const { compressFrame, decompressFrame } = await import('lz4-napi')
      return { compress: (records) => compressFrame(records), decompress: (packed) => decompressFrame(packed) }
    },
  },
  zstd: { needs: '@bokuweb/zstd-wasm', load: zstdCodec },
}

/** Codecs by their number, loaded when they are first asked for. Only gzip, and zstd from Node 22.15 on, need no package. */
export class Codecs {
  private readonly sources: CodecSources
  private readonly loaded: Map<number, Promise<Codec>> = new Map()

  constructor(sources: CodecSources = installed) {
    this.sources = sources
  }

  /** A {@link CodecLookup}. */
  readonly of: CodecLookup = (codec) => {
    let loading = this.loaded.get(codec)
    if (loading === undefined) {
      loading = load(this.sources, codec)
      this.loaded.set(codec, loading)
      // What is installed meanwhile is found.
      loading.catch(() => this.loaded.delete(codec))
    }
    return loading
  }
}

async function load(sources: CodecSources, codec: number): Promise<Codec> {
  const name = compressions[codec]
  if (name === undefined || name === 'none') {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `Codec ${codec} is none that Kafka has`,
      place: { codec },
    })
  }
  const source = sources[name]
  try {
    return await source.load()
  } catch (cause) {
    throw new StreamError({
      code: 'STREAM_ADAPTER_MISSING',
      message: `Batches compressed with ${name} need the package ${source.needs}, which cannot be loaded (${describeThrown(cause)}): run \`npm install ${source.needs}\``,
      cause,
      place: { codec: name, package: source.needs },
    })
  }
}
