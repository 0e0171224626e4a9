/** Tells how far the demo is: in one line that is written again and again, or in plain lines where nobody could see that. */
export class ProgressLine {
  readonly #out: NodeJS.WriteStream = process.stdout
  #shown = 0
  #lastPlain = -1

  /** @param step counts up; plain lines are written only for a new one */
  show(text: string, step: number): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r${text.padEnd(this.#shown)}`)
      this.#shown = text.length
    } else if (step > this.#lastPlain) {
      this.#lastPlain = step
      this.#out.write(`${text}\n`)
    }
  }

  /** A line that stays. */
  say(text: string): void {
    this.#out.write(this.#shown > 0 ? `\r${text.padEnd(this.#shown)}\n` : `${text}\n`)
    this.#shown = 0
  }
}
