/** A timer that has not fired. */
export interface QueuedTimer {
  readonly dueMs: number
  /** Of two that are due at once the one that was set first goes first. */
  readonly order: number
  readonly fn: () => void
  isCancelled: boolean
}

function isBefore(one: QueuedTimer, other: QueuedTimer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}

/** Timers in the order in which they are due: a binary heap, since a run sets and cancels many of them. */
export class TimerQueue {
  readonly #heap: QueuedTimer[] = []
  #live = 0

  /** How many timers wait. */
  get size(): number {
    return this.#live
  }

  add(timer: QueuedTimer): void {
    this.#live += 1
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(timer, heap[parent] as QueuedTimer)) break
      heap[at] = heap[parent] as QueuedTimer
      at = parent
    }
    heap[at] = timer
  }

  /** It stays in the heap until its turn, and is dropped then. */
  cancel(timer: QueuedTimer): void {
    if (timer.isCancelled) return
    timer.isCancelled = true
    this.#live -= 1
  }

  peek(): QueuedTimer | undefined {
    while (this.#heap[0]?.isCancelled === true) this.#removeFirst()
    return this.#heap[0]
  }

  take(): QueuedTimer | undefined {
    const first = this.peek()
    if (first === undefined) return undefined
    this.#removeFirst()
    // What has fired cannot be cancelled any more.
    first.isCancelled = true
    this.#live -= 1
    return first
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as QueuedTimer
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as QueuedTimer, heap[child] as QueuedTimer)) child += 1
      if (!isBefore(heap[child] as QueuedTimer, last)) break
      heap[at] = heap[child] as QueuedTimer
      at = child
    }
    heap[at] = last
  }
}
