import type { Fetched, Isolation, StreamError, TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import { Backoff } from '../connection/index.ts'
import {
  type AbortedTransaction,
  type CodecLookup,
  type Decompressed,
  decodeRecordSet,
  decompressBatches,
  hasCompressed,
} from '../records/index.ts'

/** What one fetch brought for one partition; decoded when it is delivered. */
export interface Chunk {
  readonly fetchOffset: number
  readonly nextOffset: number
  bytes: Buffer
  readonly aborted: readonly AbortedTransaction[]
  readonly endOffset: number
}

/** A chunk whose batches were decompressed. */
export interface Inflated {
  readonly chunk: Chunk
  readonly batches: Decompressed
}

/** Two: one to work on, one on its way. */
const chunksAhead = 2

/** One partition that is being read. A seek replaces it by another, so that what is under way for the old one finds nobody. */
export class Feed implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly assignment: number
  /** Where the next fetch begins. */
  position: number
  isPaused = false
  /** Delivers nothing while its owner is told of it. */
  isHeld = false
  isInFlight = false
  /** When the brokers were first found not to know this partition; undefined while they do. */
  missingSinceMs: number | undefined
  readonly chunks: Chunk[] = []
  readonly backoff: Backoff = new Backoff()
  private delivered: number
  private error: StreamError | undefined
  /** Nothing more is read after an error. */
  private isBlocked = false

  constructor(start: TopicPartitionOffset, assignment: number) {
    this.topic = start.topic
    this.partition = start.partition
    this.position = start.offset
    this.delivered = start.offset
    this.assignment = assignment
  }

  get wantsMore(): boolean {
    return !this.isPaused && !this.isInFlight && !this.isBlocked && this.chunks.length < chunksAhead
  }

  get isReady(): boolean {
    return !this.isPaused && !this.isHeld && (this.chunks.length > 0 || this.error !== undefined)
  }

  get bufferedBytes(): number {
    let bytes = 0
    for (const chunk of this.chunks) bytes += chunk.bytes.length
    return bytes
  }

  /** Where it is paused, forgets what was fetched, to fetch it again later. What is under way fits behind it only as it is. */
  letGo(): void {
    const [first] = this.chunks
    if (!this.isPaused || this.isInFlight || this.isBlocked || first === undefined) return
    this.position = first.fetchOffset
    this.chunks.length = 0
  }

  /** What waits for long keeps its own bytes only: a chunk is a small piece of the whole answer, which it would keep alive. */
  detach(): void {
    for (const chunk of this.chunks) {
      if (chunk.bytes.length * 2 < chunk.bytes.buffer.byteLength) chunk.bytes = Buffer.from(chunk.bytes)
    }
  }

  add(chunk: Chunk): void {
    this.chunks.push(chunk)
    if (this.isPaused) this.detach()
    this.position = chunk.nextOffset
  }

  /** Ends the reading; delivered once, behind what was fetched before. */
  fail(error: StreamError): void {
    this.error = error
    this.isBlocked = true
  }

  /** Decompresses the oldest chunk, which stays where it is; undefined where there is nothing to decompress. */
  inflate(codec: CodecLookup): Promise<Inflated> | undefined {
    const [chunk] = this.chunks
    if (chunk === undefined || !hasCompressed(chunk.bytes)) return undefined
    return decompressBatches(chunk.bytes, codec, this).then((batches) => ({ chunk, batches }))
  }

  /** The oldest chunk, decoded, or the error; undefined where there is neither, or where it was decompressed for nothing. */
  take(isolation: Isolation, verifyChecksums: boolean, inflated: Inflated | undefined): Fetched | undefined {
    const [chunk] = this.chunks
    if (chunk === undefined) return this.takeError()
    if (inflated?.chunk !== chunk && (inflated !== undefined || hasCompressed(chunk.bytes))) return undefined
    return this.decode(chunk, isolation, verifyChecksums, inflated?.batches)
  }

  private decode(
    chunk: Chunk,
    isolation: Isolation,
    verifyChecksums: boolean,
    decompressed: Decompressed | undefined,
  ): Fetched | undefined {
    const { topic, partition, assignment } = this
    const { fetchOffset, bytes, aborted, endOffset } = chunk
    this.chunks.shift()
    const set = { topic, partition, fetchOffset, bytes, isolation, aborted, decompressed, verifyChecksums }
    const { records, nextOffset, sizeBytes, error } = decodeRecordSet(set)
    if (error !== undefined) {
      this.chunks.length = 0
      this.fail(error)
      if (nextOffset === fetchOffset) return this.takeError()
    }
    this.delivered = nextOffset
    return { topic, partition, assignment, records, nextOffset, endOffset, sizeBytes }
  }

  private takeError(): Fetched | undefined {
    const error = this.error
    if (error === undefined) return undefined
    this.error = undefined
    const { topic, partition, assignment, delivered } = this
    return { topic, partition, assignment, records: [], nextOffset: delivered, sizeBytes: 0, error }
  }
}
