import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const endSignature = 0x06054b50
const endBytes = 22
const deflated = 8

/** Reads the files of a ZIP archive whose names match, as text, by name. Archives with a comment or of more than 4 GiB are not read. */
export function readZip(path: string, names: RegExp): Map<string, string> {
  const file = openSync(path, 'r')
  try {
    const read = (from: number, length: number): Buffer => {
      const buffer = Buffer.alloc(length)
      readSync(file, buffer, 0, length, from)
      return buffer
    }
    const end = read(fstatSync(file).size - endBytes, endBytes)
    if (end.readUInt32LE(0) !== endSignature) throw new Error(`${path} is no plain ZIP archive`)
    const directory = read(end.readUInt32LE(16), end.readUInt32LE(12))
    const found = new Map<string, string>()
    for (let at = 0; at < directory.length; ) {
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
        directory.readUInt16LE(at + field),
      ) as [number, number, number]
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength)
      if (names.test(name)) {
        const packed = { method: directory.readUInt16LE(at + 10), bytes: directory.readUInt32LE(at + 20) }
        const local = directory.readUInt32LE(at + 42)
        const header = read(local, 30)
        const content = read(local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), packed.bytes)
        found.set(name, (packed.method === deflated ? inflateRawSync(content) : content).toString('utf8'))
      }
      at += 46 + nameLength + extraLength + commentLength
    }
    return found
  } finally {
    closeSync(file)
  }
}
