/** Spreads records without a key over the partitions of one topic, one after the other; the same sequence of calls gives the same answers. */
export class RoundRobin {
  #next: number

  /** @param start where to begin, any non-negative integer; workers that begin at different places load the partitions evenly */
  constructor(start = 0) {
    this.#next = start >>> 0
  }

  /** The next partition of `count`. */
  next(count: number): number {
    const partition = this.#next % count
    this.#next = partition + 1
    return partition
  }
}
