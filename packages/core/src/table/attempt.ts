/** A promise of what `work` answers; what it throws is a rejection, since callers await. */
export function attempt<T>(work: () => T | PromiseLike<T>): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(error)
  }
}
