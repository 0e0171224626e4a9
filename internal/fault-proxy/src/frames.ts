/** Cuts a stream into the frames of Kafka's protocol: four bytes of length, then so many bytes. */
export class FrameSplitter {
  #pending: Buffer[] = []
  #pendingBytes = 0

  /** Takes what arrived and gives the frames that are complete, without their lengths. */
  push(chunk: Buffer): Buffer[] {
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < 4) return []
    // A large frame comes in many chunks, which are joined once, when all of them are there.
    const [first] = this.#pending as [Buffer]
    if (first.length >= 4 && this.#pendingBytes < 4 + first.readInt32BE(0)) return []
    let rest = this.#pending.length === 1 ? first : Buffer.concat(this.#pending)
    const frames: Buffer[] = []
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      frames.push(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
    this.#pending = rest.length === 0 ? [] : [rest]
    this.#pendingBytes = rest.length
    return frames
  }
}

/** A frame as it goes over the wire. */
export function framed(...parts: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(parts.reduce((sum, { length }) => sum + length, 0))
  return Buffer.concat([size, ...parts])
}

/** What every request begins with. */
export interface RequestHeader {
  readonly apiKey: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  /** Where the client id ends: the tags of a flexible header, then the body. */
  readonly endsAt: number
}

/** Reads the header of a request's frame. */
export function readRequestHeader(frame: Buffer): RequestHeader {
  const clientIdLength = Math.max(0, frame.readInt16BE(8))
  return {
    apiKey: frame.readInt16BE(0),
    version: frame.readInt16BE(2),
    correlationId: frame.readInt32BE(4),
    clientId: frame.toString('utf8', 10, 10 + clientIdLength),
    endsAt: 10 + clientIdLength,
  }
}
