/** A loop as its group knows it. */
export interface GroupedLoop {
  readonly task: string
  /** Begins anew with the next record. */
  replace(): void
}

/** Loops that fail together. */
export class LoopGroup {
  readonly #loops = new Set<GroupedLoop>()

  join(loop: GroupedLoop): void {
    this.#loops.add(loop)
  }

  leave(loop: GroupedLoop): void {
    this.#loops.delete(loop)
  }

  /** Replaces the loops that share a task with the one that failed. */
  replaceOthers(failed: GroupedLoop): void {
    for (const loop of this.#loops) {
      if (loop !== failed && loop.task === failed.task) loop.replace()
    }
  }
}
