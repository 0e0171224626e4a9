/** Things that belong together, found by joining pairs (union-find with path halving). */
export class DisjointSets<T> {
  readonly #parents = new Map<T, T>()

  /** Makes the thing known; alone, until it is joined. */
  add(thing: T): void {
    if (!this.#parents.has(thing)) this.#parents.set(thing, thing)
  }

  join(one: T, other: T): void {
    this.#parents.set(this.find(one), this.find(other))
  }

  /** The same answer for all that belong together. */
  find(thing: T): T {
    this.add(thing)
    let current = thing
    for (;;) {
      const parent = this.#parents.get(current) as T
      if (parent === current) return current
      const above = this.#parents.get(parent) as T
      this.#parents.set(current, above)
      current = above
    }
  }

  /** Each set, in the order in which its first member was added. */
  sets(): readonly (readonly T[])[] {
    const found = new Map<T, T[]>()
    for (const thing of this.#parents.keys()) {
      const root = this.find(thing)
      const set = found.get(root)
      if (set === undefined) found.set(root, [thing])
      else set.push(thing)
    }
    return [...found.values()]
  }
}
