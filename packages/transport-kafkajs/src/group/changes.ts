/** Lets several wait for conditions that somebody else brings about. */
export class Changes {
  private readonly waiting: Set<() => void> = new Set()

  /** Conditions may have come true. */
  tell(): void {
    for (const look of [...this.waiting]) look()
  }

  /** Resolves as soon as `test` holds, or `other` settles in whatever way; nothing is kept afterwards. */
  until(test: () => boolean, other?: Promise<unknown>): Promise<void> {
    if (test()) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(look)
        resolve()
      }
      const look = (): void => {
        if (test()) done()
      }
      this.waiting.add(look)
      other?.then(done, done)
    })
  }
}
