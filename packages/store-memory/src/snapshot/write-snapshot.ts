import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RowImage } from '../row-image.ts'
import { FrameSeal, frameKinds, lengthBytes, prefix, type SnapshotHeader } from './snapshot-format.ts'

/** Of a file that is not whole yet, or never became so. */
export const unfinishedSuffix = '.unfinished'

/** What {@link writeSnapshot} writes. */
export interface SnapshotWrite {
  readonly file: string
  readonly header: SnapshotHeader
  readonly image: RowImage
  /** Asked in between; once false, the former file stays. */
  readonly isWanted: () => boolean
}

/** Replaces the file in one step, once all of the new one is on the disk. Every step is a turn of the event loop. True if it was replaced. */
export async function writeSnapshot(write: SnapshotWrite): Promise<boolean> {
  const unfinished = `${write.file}${unfinishedSuffix}`
  try {
    const handle = await open(unfinished, 'w')
    try {
      await writeFrames(handle, write)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (write.isWanted()) {
      await rename(unfinished, write.file)
      await syncDirectory(dirname(write.file))
      return true
    }
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw error
  }
  await rm(unfinished, { force: true })
  return false
}

/** Makes a renaming or a removal in the directory last. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeFrames(handle: FileHandle, { header, image, isWanted }: SnapshotWrite): Promise<void> {
  const seal = new FrameSeal()
  const put = async (kind: number, content: Uint8Array): Promise<void> => {
    const frame = Buffer.allocUnsafe(lengthBytes + 1 + content.length)
    frame.writeUInt32LE(content.length + 1, 0)
    frame[lengthBytes] = kind
    frame.set(content, lengthBytes + 1)
    await handle.writeFile(Buffer.concat([frame, seal.of(frame)]))
  }
  await handle.writeFile(prefix())
  await put(frameKinds.header, Buffer.from(JSON.stringify(header)))
  for (let isMore = true; isMore; ) {
    if (!isWanted()) return
    isMore = image.step()
    for (const frame of image.takeFrames({ last: !isMore })) await put(frameKinds.rows, frame)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const count = Buffer.alloc(8)
  count.writeDoubleLE(image.rowCount)
  await put(frameKinds.end, count)
}
