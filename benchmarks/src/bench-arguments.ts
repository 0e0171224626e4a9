import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface BenchArguments {
  /** Runs the jobs whose name starts with one of these. @default all */
  readonly only: readonly string[]
  /** Takes the contestants whose name contains one of these. @default all */
  readonly contestants: readonly string[]
  /** Runs of each contestant. @default 3 */
  readonly runs: number
  /** Directory for CPU profiles of the programs that run on Node. @default none are made */
  readonly profile: string | undefined
  /** Records of the input. @default 1,000,000 */
  readonly records: number
}

/** What `--help` prints. */
const usage = `npm run bench -- [options]

  --only <name>         jobs whose name starts so; several by commas (default: all)
  --contestants <name>  contestants whose name contains this; several by commas (default: all)
  --runs <n>            runs of each contestant (default: 3)
  --records <n>         records of the input (default: 1000000)
  --profile <folder>    writes a CPU profile of every program on Node
  --help                prints this
`

/** Reads the command line; text to print instead of running where it asks for help. Throws, naming the option, where a value makes no sense. */
export function readArguments(args: readonly string[]): BenchArguments | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      contestants: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '3' },
      profile: { type: 'string' },
      records: { type: 'string', default: '1000000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return usage
  return {
    only: values.only.flatMap((names) => names.split(',')),
    contestants: values.contestants.flatMap((names) => names.split(',')),
    runs: positive('runs', values.runs),
    profile: values.profile,
    records: positive('records', values.records),
  }
}

function positive(option: string, text: string): number {
  const value = Number(text.replaceAll('_', ''))
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option} must be a whole number from 1, not '${text}'`)
  return value
}
