import type { TableDeclaration } from '../topology/index.ts'

/** Characters of a key that an error shows. */
const shownCharacters = 80

/** A row's key as an error tells it: decoded where that works, else its bytes. */
export function describeKey(table: TableDeclaration, keyBytes: Uint8Array): string {
  let text: string | undefined
  try {
    text = JSON.stringify(table.key.deserialize(keyBytes))
  } catch {
    // What cannot be decoded, or has no form in JSON, is told as bytes.
  }
  text ??= `0x${Buffer.from(keyBytes.buffer, keyBytes.byteOffset, keyBytes.byteLength).toString('hex')}`
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}
