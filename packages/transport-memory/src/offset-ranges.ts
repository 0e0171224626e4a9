/** Offsets `[from, to)`. */
export interface OffsetRange {
  readonly from: number
  to: number
}

/** Sorted, disjoint ranges of offsets: which records of a log belong to aborted transactions. */
export class OffsetRanges {
  #ranges: OffsetRange[] = []

  get all(): readonly OffsetRange[] {
    return this.#ranges
  }

  /** Adds ranges that overlap none of those here. */
  add(ranges: readonly OffsetRange[]): void {
    for (const range of ranges) this.#ranges.splice(this.#firstAbove(range.from), 0, { from: range.from, to: range.to })
  }

  /** True when an offset of `[from, to)` is in a range. */
  overlaps(from: number, to: number): boolean {
    if (this.#ranges.length === 0) return false
    const range = this.#ranges[this.#firstAbove(from)]
    return range !== undefined && range.from < to
  }

  has(offset: number): boolean {
    return this.overlaps(offset, offset + 1)
  }

  /** Forgets what is below the offset. */
  dropBelow(offset: number): void {
    this.#ranges = this.#ranges.filter((range) => range.to > offset)
  }

  /** Index of the first range that ends above the offset. */
  #firstAbove(offset: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle] as OffsetRange).to <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
