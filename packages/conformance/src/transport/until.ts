import assert from 'node:assert/strict'

/** Something that tells when it has changed. */
export class Changes {
  #waiting: (() => void)[] = []

  tell(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Resolves at the next change, or after `mostMs`. */
  async next(mostMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, mostMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

/** Resolves as soon as `holds`; fails, naming what was waited for, when that takes longer than `patienceMs`. */
export async function until(
  changes: Changes,
  patienceMs: number,
  what: string,
  holds: () => boolean,
  seen: () => string = () => '',
): Promise<void> {
  const end = performance.now() + patienceMs
  while (!holds()) {
    const leftMs = end - performance.now()
    if (leftMs <= 0) assert.fail(`waited ${patienceMs} ms in vain until ${what}${seen() && `; seen: ${seen()}`}`)
    await changes.next(leftMs)
  }
}

/** Resolves with the answer of the call; fails, naming it, where there is none within `patienceMs`. */
export async function within<T>(patienceMs: number, what: string, call: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} must come within ${patienceMs} ms`)), patienceMs)
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The only sleep of the kit: to watch that nothing happens, or to hold something up for a known time. */
export function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

/** A promise that the case settles by hand. */
export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** A closed gate. */
export function gate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
