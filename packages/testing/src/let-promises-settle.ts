/** Taken before a test can replace it by a fake. */
const immediate = setImmediate

/** Work that gives the event loop a turn now and then is still one piece of work. */
const turns = 4

/** Lets everything that needs no time come to its end: the event loop turns only when no promise is left to settle. */
export async function letPromisesSettle(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => immediate(resolve))
}
