import type { ClientFailure, Done } from './client-library.ts'

/** A call of node-rdkafka as a promise; rejects with a {@link ClientFailure}, also where the call throws. */
export function called<T>(call: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      call((failure, result) => {
        if (failure) reject(failure)
        // Calls without a result are awaited as `void`.
        else resolve(result as T)
      })
    } catch (error) {
      reject(error)
    }
  })
}

/** What was thrown or rejected, as far as it is a failure of the client; `code` is NaN where it is something else. */
export function failureOf(thrown: unknown): ClientFailure {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'number') {
    // It has a code, and LibrdKafkaError always has a message besides.
    return thrown as ClientFailure
  }
  return { message: thrown instanceof Error ? thrown.message : String(thrown), code: Number.NaN }
}

/**
 * Resolves when everything that librdkafka's threads have handed over before has been told to listeners: they are told by a turn of the
 * event loop of their own, and the first immediate may come before it.
 */
export async function turnsOfTheLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}
