/** Takes one line. Lines hold no secrets and no content of records. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void

/** Warnings and errors to stderr, as long as nobody gives something better. */
export function stderrLog(appId: string): Log {
  return (level, message) => {
    if (level === 'warn' || level === 'error') process.stderr.write(`${level} [${appId}] ${message}\n`)
  }
}
