import { type FileHandle, open } from 'node:fs/promises'
import { PartitionRows } from '../partition-rows.ts'
import { rowsOfFrame } from '../row-image.ts'
import {
  digestBytes,
  FrameSeal,
  formatVersion,
  frameKinds,
  lengthBytes,
  prefixBytes,
  type SnapshotHeader,
  versionOf,
} from './snapshot-format.ts'

/** Why a file is of no use. Never leaves this folder: a file that cannot be read at all fails with the error of the system. */
export class UnusableSnapshot extends Error {}

/** Reads who and what a file is of. @throws UnusableSnapshot */
export function readHeader(file: string): Promise<SnapshotHeader> {
  return reading(file, headerOf)
}

/** Reads a whole file, a frame per turn of the event loop; nothing is handed out unless all of it is sound. @throws UnusableSnapshot */
export function readSnapshot(file: string): Promise<{ readonly header: SnapshotHeader; readonly rows: PartitionRows }> {
  return reading(file, async (frames) => {
    const header = await headerOf(frames)
    const { changelogOffset, writtenAtMs } = header
    const position = { changelogOffset, writtenAtMs }
    const rows = new PartitionRows()
    rows.position = position
    for (;;) {
      const { kind, content } = await frames.next()
      if (kind === frameKinds.rows) rows.write(rowsOfFrame(content), position)
      else if (kind === frameKinds.end && content.readDoubleLE() === rows.size && frames.isAtEnd)
        return { header, rows }
      else throw new UnusableSnapshot('its frames do not fit together')
    }
  })
}

async function reading<T>(file: string, read: (frames: Frames) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r')
  try {
    return await read(new Frames(handle, (await handle.stat()).size))
  } finally {
    await handle.close()
  }
}

async function headerOf(frames: Frames): Promise<SnapshotHeader> {
  await frames.begin()
  const { kind, content } = await frames.next()
  if (kind !== frameKinds.header) throw new UnusableSnapshot('it does not begin with a header')
  // Its seal fits, so it is what was written.
  return JSON.parse(content.toString()) as SnapshotHeader
}

/** The frames of a file, one after the other, each checked before it is looked into. */
class Frames {
  readonly #handle: FileHandle
  readonly #size: number
  readonly #seal = new FrameSeal()
  #at = 0

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  get isAtEnd(): boolean {
    return this.#at === this.#size
  }

  async begin(): Promise<void> {
    const version = versionOf(await this.#read(prefixBytes))
    if (version === undefined) throw new UnusableSnapshot('it is not a snapshot of this store')
    if (version !== formatVersion) {
      throw new UnusableSnapshot(`it was written in format ${version}, this version reads format ${formatVersion}`)
    }
  }

  async next(): Promise<{ readonly kind: number | undefined; readonly content: Buffer }> {
    const length = await this.#read(lengthBytes)
    const bytes = await this.#read(length.readUInt32LE() + digestBytes)
    const content = bytes.subarray(0, -digestBytes)
    const expected = this.#seal.of(Buffer.concat([length, content]))
    if (!expected.equals(bytes.subarray(-digestBytes))) {
      throw new UnusableSnapshot(`its bytes before ${this.#at} are not those that were written`)
    }
    return { kind: content[0], content: content.subarray(1) }
  }

  async #read(count: number): Promise<Buffer> {
    // Asked before memory is taken for it: the length itself may be what is damaged.
    if (this.#at + count > this.#size) throw new UnusableSnapshot('it ends too early')
    const bytes = Buffer.allocUnsafe(count)
    for (let done = 0; done < count; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, count - done, this.#at + done)
      if (bytesRead === 0) throw new UnusableSnapshot('it ends too early')
      done += bytesRead
    }
    this.#at += count
    return bytes
  }
}
