import type { StandardSchemaV1 } from '@standard-schema/spec'
import { StreamError } from '../errors/index.ts'
import { json } from './json.ts'
import type { Serde } from './serde.ts'

/** Options of {@link schema}. */
export interface SchemaOptions {
  /**
   * Whether a value is read back and validated before it is written, so that nothing enters the log that cannot be read again. Costs one
   * decoding and one validation per write.
   * @default true
   */
  readonly validateWrites?: boolean
}

/** A serde that can write a `T`, whatever it reads: the schema makes a `T` of that. */
export interface FormatOf<T> extends Pick<Serde<T>, 'name' | 'serialize'> {
  deserialize(bytes: Uint8Array): unknown
}

/** Issues beyond these are counted, not listed. */
const listedIssues = 5

/**
 * Validates with any Standard Schema (zod, valibot, arktype...) on top of a serde, and takes the schema's output as the value type.
 * Reading gives what the schema makes of the decoded value (defaults filled in, transforms applied).
 *
 * Serdes are synchronous, so is their schema: one that answers with a promise is refused.
 *
 * @param serde how the values are written; JSON unless given
 * @throws STREAM_DESERIALIZATION_FAILED, STREAM_SERIALIZATION_FAILED with the issues and their paths
 * @throws STREAM_DECLARATION_INVALID where `standardSchema` is none, or is asynchronous
 */
export function schema<S extends StandardSchemaV1>(
  standardSchema: S,
  serde: FormatOf<StandardSchemaV1.InferOutput<S>> = json(),
  options: SchemaOptions = {},
): Serde<StandardSchemaV1.InferOutput<S>> {
  type Value = StandardSchemaV1.InferOutput<S>
  const standard: S['~standard'] | undefined = standardSchema?.['~standard']
  if (typeof standard?.validate !== 'function') {
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message:
        'schema() got something that is no Standard Schema (it has no ~standard.validate); give a zod, valibot or other schema',
    })
  }
  const validateWrites = options.validateWrites ?? true
  const read = (bytes: Uint8Array, failure: 'STREAM_SERIALIZATION_FAILED' | 'STREAM_DESERIALIZATION_FAILED'): Value => {
    const result = standard.validate(serde.deserialize(bytes))
    if ('then' in result) throw refuseAsync(result, standard.vendor)
    if (result.issues !== undefined) throw refuseValue(result.issues, standard.vendor, failure)
    return result.value as Value
  }
  return {
    // What joins compare is the format of the bytes, which is the inner serde's.
    name: serde.name,
    serialize(value) {
      const bytes = serde.serialize(value)
      if (validateWrites) read(bytes, 'STREAM_SERIALIZATION_FAILED')
      return bytes
    },
    deserialize(bytes) {
      return read(bytes, 'STREAM_DESERIALIZATION_FAILED')
    },
  }
}

function refuseAsync(pending: Promise<unknown>, vendor: string): StreamError {
  // Nobody waits for the answer, and its rejection must not reach the process.
  pending.catch(() => {})
  return new StreamError({
    code: 'STREAM_DECLARATION_INVALID',
    message: `schema() got an asynchronous ${vendor} schema; validate asynchronously in a handler, and give a synchronous schema here`,
    place: { vendor },
  })
}

function refuseValue(
  issues: readonly StandardSchemaV1.Issue[],
  vendor: string,
  code: 'STREAM_SERIALIZATION_FAILED' | 'STREAM_DESERIALIZATION_FAILED',
): StreamError {
  const listed = issues.slice(0, listedIssues).map((issue) => `${pathOf(issue)}: ${issue.message}`)
  const more = issues.length > listed.length ? ` (and ${issues.length - listed.length} more)` : ''
  const what = code === 'STREAM_SERIALIZATION_FAILED' ? 'the value to write' : 'the value read'
  return new StreamError({
    code,
    message: `${what} does not match its ${vendor} schema: ${listed.join('; ')}${more}`,
    place: { vendor, issues: issues.length },
  })
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  const path = issue.path?.map((segment) => String(typeof segment === 'object' ? segment.key : segment)) ?? []
  return path.length === 0 ? 'the value' : path.join('.')
}
