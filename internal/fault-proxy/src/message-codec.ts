import { ByteReader, ByteWriter } from './bytes.ts'
import { type FieldDefinition, inVersions, type MessageDefinition } from './message-definition.ts'

/** Values of a message's fields by name, the first letter small. int64 are bigint; bytes and records are Buffer. */
export interface Fields {
  [name: string]: FieldValue
}

/** A value of a field. Absent: its default. */
export type FieldValue = null | boolean | number | bigint | string | Buffer | Fields | FieldValue[] | undefined

/** Reads and writes one message in one version. */
export class MessageCodec {
  readonly isFlexible: boolean
  readonly #definition: MessageDefinition
  readonly #version: number

  constructor(definition: MessageDefinition, version: number) {
    this.#definition = definition
    this.#version = version
    this.isFlexible = inVersions(version, definition.flexibleVersions)
  }

  decode(body: Buffer): Fields {
    return this.#readStruct(new ByteReader(body), this.#definition.fields)
  }

  encode(fields: Fields): Buffer {
    const out = new ByteWriter()
    this.#writeStruct(out, this.#definition.fields, fields)
    return out.finish()
  }

  /** Fields of a struct in this version, with the ones of common structs resolved. */
  fieldsOf(type?: FieldDefinition): readonly FieldDefinition[] {
    const fields = type === undefined ? this.#definition.fields : this.#structOf(type)
    return fields.filter(({ versions }) => inVersions(this.#version, versions))
  }

  #structOf({ type, fields }: FieldDefinition): readonly FieldDefinition[] {
    if (fields !== undefined) return fields
    const name = itemType(type) ?? type
    const found = this.#definition.commonStructs?.find((one) => one.name === name)
    if (found === undefined) throw new Error(`${this.#definition.name} does not define ${type}`)
    return found.fields
  }

  #isTagged({ taggedVersions }: FieldDefinition): boolean {
    return inVersions(this.#version, taggedVersions)
  }

  #isNullable({ nullableVersions }: FieldDefinition): boolean {
    return inVersions(this.#version, nullableVersions)
  }

  #readStruct(from: ByteReader, definitions: readonly FieldDefinition[]): Fields {
    const fields: Fields = {}
    const present = definitions.filter(({ versions }) => inVersions(this.#version, versions))
    for (const field of present) {
      if (!this.#isTagged(field)) fields[fieldName(field)] = this.#read(from, field)
    }
    if (!this.isFlexible) return fields
    for (let left = from.uvarint(); left > 0; left--) {
      const tag = from.uvarint()
      const content = from.take(from.uvarint())
      const field = present.find((one) => this.#isTagged(one) && one.tag === tag)
      if (field !== undefined) fields[fieldName(field)] = this.#read(new ByteReader(content), field)
    }
    return fields
  }

  #read(from: ByteReader, field: FieldDefinition): FieldValue {
    const item = itemType(field.type)
    if (item !== undefined) {
      const count = this.isFlexible ? from.uvarint() - 1 : from.int32()
      if (count < 0) return null
      const one = { ...field, type: item, nullableVersions: 'none' }
      return Array.from({ length: count }, () => this.#read(from, one))
    }
    switch (field.type) {
      case 'bool':
        return from.int8() !== 0
      case 'int8':
        return from.int8()
      case 'int16':
        return from.int16()
      case 'uint16':
        return from.int16() & 0xffff
      case 'int32':
        return from.int32()
      case 'uint32':
        return from.int32() >>> 0
      case 'int64':
        return from.int64()
      case 'float64':
        return from.float64()
      case 'uuid':
        return from.take(16)
      case 'string':
        return from.sized(this.isFlexible ? from.uvarint() - 1 : from.int16())?.toString('utf8') ?? null
      case 'bytes':
      case 'records':
        return from.sized(this.isFlexible ? from.uvarint() - 1 : from.int32())
      default:
        if (this.#isNullable(field) && from.int8() < 0) return null
        return this.#readStruct(from, this.#structOf(field))
    }
  }

  #writeStruct(out: ByteWriter, definitions: readonly FieldDefinition[], fields: Fields): void {
    const present = definitions.filter(({ versions }) => inVersions(this.#version, versions))
    for (const field of present) {
      if (!this.#isTagged(field)) this.#write(out, field, fields[fieldName(field)])
    }
    if (!this.isFlexible) return
    const tagged = present
      .filter((field) => this.#isTagged(field) && fields[fieldName(field)] !== undefined)
      .sort((a, b) => a.tag! - b.tag!)
    out.uvarint(tagged.length)
    for (const field of tagged) {
      const content = new ByteWriter()
      this.#write(content, field, fields[fieldName(field)])
      const bytes = content.finish()
      out.uvarint(field.tag!).uvarint(bytes.length).bytes(bytes)
    }
  }

  // Casts: values are what the definition says, or what a test set them to; wrong ones throw in the buffer's own checks.
  #write(out: ByteWriter, field: FieldDefinition, given: FieldValue): void {
    const item = itemType(field.type)
    if (item !== undefined) {
      const items = given === null ? undefined : ((given ?? []) as FieldValue[])
      const count = items?.length ?? -1
      if (this.isFlexible) out.uvarint(count + 1)
      else out.int32(count)
      const one = { ...field, type: item, nullableVersions: 'none' }
      for (const value of items ?? []) this.#write(out, one, value)
      return
    }
    const value = given ?? defaultOf(field)
    switch (field.type) {
      case 'bool':
        out.int8(given === true || given === 1 ? 1 : 0)
        return
      case 'int8':
        out.int8(Number(value))
        return
      case 'int16':
      case 'uint16':
        out.int16(Number(value))
        return
      case 'int32':
      case 'uint32':
        out.int32(Number(value))
        return
      case 'int64':
        out.int64(BigInt(value as number | bigint))
        return
      case 'float64':
        out.float64(Number(value))
        return
      case 'uuid':
        out.bytes((given as Buffer | undefined) ?? Buffer.alloc(16))
        return
      case 'string':
      case 'bytes':
      case 'records': {
        const bytes = this.#bytesOf(field, given)
        if (this.isFlexible) out.uvarint((bytes?.length ?? -1) + 1)
        else if (field.type === 'string') out.int16(bytes?.length ?? -1)
        else out.int32(bytes?.length ?? -1)
        if (bytes !== undefined) out.bytes(bytes)
        return
      }
      default:
        if (this.#isNullable(field)) out.int8(given === null || given === undefined ? -1 : 1)
        if (this.#isNullable(field) && (given === null || given === undefined)) return
        this.#writeStruct(out, this.#structOf(field), (given ?? {}) as Fields)
    }
  }

  #bytesOf(field: FieldDefinition, given: FieldValue): Buffer | undefined {
    if (Buffer.isBuffer(given)) return given
    if (typeof given === 'string') return Buffer.from(given)
    return this.#isNullable(field) ? undefined : Buffer.alloc(0)
  }
}

/** Name of a field in {@link Fields}. */
export function fieldName({ name }: { readonly name: string }): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function itemType(type: string): string | undefined {
  return type.startsWith('[]') ? type.slice(2) : undefined
}

function defaultOf({ default: text }: FieldDefinition): number {
  return text === undefined || text === 'null' || text === '' ? 0 : Number(text)
}
