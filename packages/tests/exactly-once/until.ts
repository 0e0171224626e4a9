import { setTimeout as delay } from 'node:timers/promises'

/** Looks until it holds, and fails by name where it does not within the deadline. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs: number = 30_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`)
    await delay(20)
  }
}
