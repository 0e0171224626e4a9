import type { MeasuredWindow } from './measured-window.ts'

/** Prints the result and ends the process at once: leaving in good order is not what is measured. */
export function finishProgram(window: MeasuredWindow, endMs?: number): void {
  window.print(endMs)
  process.stdout.write('', () => process.exit(0))
}
