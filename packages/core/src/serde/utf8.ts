/**
 * Up to this many characters (a UUID has 36) a plain loop is no slower than the call into the runtime's encoder, and gives an array of its
 * own; that of the encoder is a slice of a pooled buffer, and keeps all of it alive for as long as it is kept itself.
 */
const loopEncodeLength = 40
/** As {@link loopEncodeLength}, for decoding. */
const loopDecodeLength = 16

/** Stateless as used here: every call decodes a whole input. A byte order mark is a character like any other. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Node has it since 20; the type library of this target does not. */
type WellFormedString = string & { isWellFormed(): boolean }

/** UTF-8 of a string, or undefined where it holds a lone surrogate, which UTF-8 cannot express. */
export function encodeUtf8(text: string): Uint8Array | undefined {
  const length = text.length
  if (length <= loopEncodeLength) {
    const ascii = new Uint8Array(length)
    let i = 0
    for (; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 127) break
      ascii[i] = unit
    }
    if (i === length) return ascii
  }
  if (!(text as WellFormedString).isWellFormed()) return undefined
  return Buffer.from(text, 'utf8')
}

/** The string of UTF-8 bytes, or undefined where they are malformed (overlong forms, surrogates, truncation). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const length = bytes.length
  if (length <= loopDecodeLength) {
    let text = ''
    let i = 0
    for (; i < length; i++) {
      const unit = bytes[i]!
      if (unit > 127) break
      text += String.fromCharCode(unit)
    }
    if (i === length) return text
  }
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
