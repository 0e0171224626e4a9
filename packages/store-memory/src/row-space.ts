import { CopyOut } from './copy-out.ts'
import { newSegment, type Segment } from './segment.ts'
import { SlotTable } from './slot-table.ts'

const smallestSegmentBytes = 4 * 1024
const largestSegmentBytes = 1024 * 1024
/** Larger rows get a segment each, of their size. */
const mostSharedBytes = largestSegmentBytes / 4

/** Each row begins with four words: its slot, or -1 once it is dead; the bytes it holds; those of its key; those of its value. */
const headerBytes = 16
const dead = -1
const noSegment = -1

/** Up to this many bytes a loop is quicker than the call into the runtime. */
const mostLoopedBytes = 40

/** What is dead may be a third of all bytes; below this much nothing is moved at all. */
const leastGarbageBytes = 64 * 1024
/** A segment with less of it dead is not worth being emptied. */
const leastDeadPart = 1 / 8
/**
 * Bytes looked at for each byte that died since. With a third dead, three bytes give one free: four keep ahead of any load and bound
 * what a write has to do for the ones before it.
 */
const scanPerDeadByte = 4
const leastScanBytes = 4 * 1024

/** The bytes of one row. */
export interface RowPlace {
  readonly bytes: Uint8Array
  readonly start: number
  readonly keyBytes: number
  readonly valueBytes: number
}

/**
 * The bytes of all rows of a partition, in segments of up to 1 MiB: three objects for ten thousand rows instead of two for each. A new
 * value is written over the old one where it fits. What no row holds any longer is won back bit by bit, with the writes that follow.
 */
export class RowSpace {
  readonly #slots = new SlotTable()
  readonly #segments: (Segment | undefined)[] = [newSegment(smallestSegmentBytes)]
  readonly #freeIds: number[] = []
  readonly #copies = new CopyOut()
  /** The segment that new rows go to. */
  #tail = 0
  #usedBytes = 0
  #liveBytes = 0
  /** Died since space was last won back. */
  #diedBytes = 0
  /** The segment that is being emptied, and how far it is. */
  #victim: number = noSegment
  #scanned = 0
  #spare: Segment | undefined

  /** Bytes of all segments. */
  get allocatedBytes(): number {
    let bytes = this.#spare?.bytes.length ?? 0
    for (const segment of this.#segments) bytes += segment?.bytes.length ?? 0
    return bytes
  }

  /** One more than the highest slot that was ever used. */
  get endSlot(): number {
    return this.#slots.end
  }

  holds(slot: number): boolean {
    return this.#slots.segmentOf(slot) !== noSegment
  }

  add(key: Uint8Array, value: Uint8Array): number {
    const slot = this.#slots.take()
    const size = roundUp(headerBytes + key.length + value.length)
    const segment = this.#reserve(slot, size)
    const offset = this.#slots.offsetOf(slot)
    writeHeader(segment.words, offset, slot, size, key.length, value.length)
    writeBytes(segment.bytes, offset + headerBytes, key)
    writeBytes(segment.bytes, offset + headerBytes + key.length, value)
    return slot
  }

  /** Gives the row another value. */
  replace(slot: number, value: Uint8Array): void {
    const segment = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    const word = offset >> 2
    const held = segment.words[word + 1] as number
    const keyBytes = segment.words[word + 2] as number
    const needed = headerBytes + keyBytes + value.length
    // What became much smaller moves, too, else a large row that shrank would keep its place for ever.
    if (needed <= held && (needed * 2 >= held || held <= 128)) {
      segment.words[word + 3] = value.length
      writeBytes(segment.bytes, offset + headerBytes + keyBytes, value)
      return
    }
    // A row that grew is likely to grow again.
    const size = roundUp(needed > held ? needed + (value.length >> 3) + 4 : needed)
    const id = this.#slots.segmentOf(slot)
    const target = this.#reserve(slot, size)
    const to = this.#slots.offsetOf(slot)
    writeHeader(target.words, to, slot, size, keyBytes, value.length)
    copyWords(segment.words, (offset + headerBytes) >> 2, target.words, (to + headerBytes) >> 2, keyBytes)
    writeBytes(target.bytes, to + headerBytes + keyBytes, value)
    this.#drop(id, segment, offset, held)
  }

  remove(slot: number): void {
    const id = this.#slots.segmentOf(slot)
    const segment = this.#segments[id] as Segment
    const offset = this.#slots.offsetOf(slot)
    this.#slots.free(slot)
    this.#drop(id, segment, offset, segment.words[(offset >> 2) + 1] as number)
  }

  hasKey(slot: number, key: Uint8Array): boolean {
    const segment = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    const length = key.length
    if (segment.words[(offset >> 2) + 2] !== length) return false
    const bytes = segment.bytes
    const start = offset + headerBytes
    for (let i = 0; i < length; i++) if (bytes[start + i] !== key[i]) return false
    return true
  }

  /** Byte order of a key and a row's key, the shorter one first where it is the beginning of the other. */
  compareKey(key: Uint8Array, slot: number): number {
    const segment = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    const keyBytes = segment.words[(offset >> 2) + 2] as number
    const shared = Math.min(key.length, keyBytes)
    const bytes = segment.bytes
    const start = offset + headerBytes
    for (let i = 0; i < shared; i++) {
      const difference = (key[i] as number) - (bytes[start + i] as number)
      if (difference !== 0) return difference
    }
    return key.length - keyBytes
  }

  key(slot: number): Uint8Array {
    const { bytes, words } = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    return this.#copies.copy(bytes, words, offset + headerBytes, words[(offset >> 2) + 2] as number)
  }

  value(slot: number): Uint8Array {
    const { bytes, words } = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    const start = offset + headerBytes + (words[(offset >> 2) + 2] as number)
    return this.#copies.copy(bytes, words, start, words[(offset >> 2) + 3] as number)
  }

  /** Where the row's key lies, with its value behind it; true until the next write. */
  locate(slot: number): RowPlace {
    const { bytes, words } = this.#segmentOf(slot)
    const offset = this.#slots.offsetOf(slot)
    const word = offset >> 2
    return {
      bytes,
      start: offset + headerBytes,
      keyBytes: words[word + 2] as number,
      valueBytes: words[word + 3] as number,
    }
  }

  /** Wins back some of what is dead; the work is bounded by what died since the last time. */
  tidy(): void {
    if (this.#diedBytes === 0) return
    let budget = this.#diedBytes * scanPerDeadByte + leastScanBytes
    this.#diedBytes = 0
    while (budget > 0) {
      if (this.#victim === noSegment && !this.#chooseVictim()) return
      budget -= this.#moveNext(this.#victim, this.#segments[this.#victim] as Segment)
    }
  }

  #segmentOf(slot: number): Segment {
    return this.#segments[this.#slots.segmentOf(slot)] as Segment
  }

  /** Finds room for a row and notes it as its place. */
  #reserve(slot: number, size: number): Segment {
    let id = this.#tail
    let segment = this.#segments[id] as Segment
    if (size > mostSharedBytes) {
      segment = newSegment(size)
      id = this.#keep(segment)
    } else if (segment.used + size > segment.bytes.length) {
      const former = segment
      segment = this.#nextTail(size)
      id = this.#keep(segment)
      const formerId = this.#tail
      this.#tail = id
      if (former.live === 0) this.#release(formerId, former)
    }
    this.#slots.put(slot, id, segment.used)
    segment.used += size
    segment.live += size
    this.#usedBytes += size
    this.#liveBytes += size
    return segment
  }

  /** Segments grow with the table, so that a small one stays small. */
  #nextTail(size: number): Segment {
    let length = smallestSegmentBytes
    while (length < largestSegmentBytes && (length < this.#liveBytes || length < size)) length *= 2
    const spare = this.#spare
    if (length < largestSegmentBytes || spare === undefined) return newSegment(length)
    this.#spare = undefined
    return spare
  }

  #keep(segment: Segment): number {
    const id = this.#freeIds.pop() ?? this.#segments.length
    this.#segments[id] = segment
    return id
  }

  #drop(id: number, segment: Segment, offset: number, size: number): void {
    segment.words[offset >> 2] = dead
    segment.live -= size
    this.#liveBytes -= size
    this.#diedBytes += size
    if (segment.live === 0 && id !== this.#tail) this.#release(id, segment)
  }

  #release(id: number, segment: Segment): void {
    this.#usedBytes -= segment.used
    this.#segments[id] = undefined
    this.#freeIds.push(id)
    if (id === this.#victim) this.#victim = noSegment
    if (segment.bytes.length !== largestSegmentBytes) return
    segment.used = 0
    this.#spare = segment
  }

  /** The segment with the largest part dead, if there is enough of it to be worth the work. */
  #chooseVictim(): boolean {
    const garbage = this.#usedBytes - this.#liveBytes
    if (garbage < leastGarbageBytes || garbage * 3 < this.#usedBytes) return false
    let most = leastDeadPart
    for (let id = 0; id < this.#segments.length; id++) {
      const segment = this.#segments[id]
      if (segment === undefined || id === this.#tail) continue
      const part = 1 - segment.live / segment.used
      if (part <= most) continue
      most = part
      this.#victim = id
    }
    this.#scanned = 0
    return this.#victim !== noSegment
  }

  /** Moves the victim's next row to the tail, if it is alive; returns the bytes that were looked at. */
  #moveNext(id: number, segment: Segment): number {
    const offset = this.#scanned
    const word = offset >> 2
    const words = segment.words
    const slot = words[word] as number
    const held = words[word + 1] as number
    this.#scanned += held
    if (slot === dead) return held
    const keyBytes = words[word + 2] as number
    const valueBytes = words[word + 3] as number
    const used = headerBytes + keyBytes + valueBytes
    const target = this.#reserve(slot, roundUp(used))
    const to = this.#slots.offsetOf(slot)
    writeHeader(target.words, to, slot, roundUp(used), keyBytes, valueBytes)
    copyWords(words, word + 4, target.words, (to + headerBytes) >> 2, keyBytes + valueBytes)
    words[word] = dead
    segment.live -= held
    this.#liveBytes -= held
    if (segment.live === 0) this.#release(id, segment)
    return held
  }
}

function roundUp(bytes: number): number {
  return (bytes + 3) & ~3
}

function writeHeader(
  words: Int32Array,
  offset: number,
  slot: number,
  size: number,
  keyBytes: number,
  valueBytes: number,
): void {
  const word = offset >> 2
  words[word] = slot
  words[word + 1] = size
  words[word + 2] = keyBytes
  words[word + 3] = valueBytes
}

function writeBytes(into: Uint8Array, at: number, bytes: Uint8Array): void {
  const length = bytes.length
  if (length > mostLoopedBytes) into.set(bytes, at)
  else for (let i = 0; i < length; i++) into[at + i] = bytes[i] as number
}

/** Copies the words that hold `byteCount` bytes from the beginning of the first one. */
function copyWords(from: Int32Array, start: number, into: Int32Array, at: number, byteCount: number): void {
  const count = (byteCount + 3) >> 2
  if (count > mostLoopedBytes) into.set(from.subarray(start, start + count), at)
  else for (let i = 0; i < count; i++) into[at + i] = from[start + i] as number
}
