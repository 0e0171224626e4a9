import { nearestName } from './nearest-name.ts'
import { environmentVariable, type SettingTable } from './setting.ts'

/** Variables that begin like a setting and belong to tools that come with the library, with what they are for. */
export const toolVariablePrefixes = {
  STREAM_TEST_: 'test suites',
  STREAM_KAFKA_: 'the Kafka harness',
  STREAM_BENCH_: 'benchmarks',
  STREAM_DEMO_: 'examples',
} as const

/** Kubernetes sets these in every pod for a service whose name begins with `stream`. */
const serviceVariable =
  /^STREAM(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$|^STREAM_PORT$/

/** One sentence for each `STREAM_*` variable that sets nothing: most often a misspelled setting. */
export function unknownVariables(
  table: SettingTable,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = Object.keys(table).map(environmentVariable)
  const prefixes = Object.keys(toolVariablePrefixes)
  return Object.keys(env)
    .filter((variable) => variable.startsWith('STREAM_') && env[variable] !== undefined && !known.includes(variable))
    .filter((variable) => !prefixes.some((prefix) => variable.startsWith(prefix)) && !serviceVariable.test(variable))
    .map((variable) => {
      const meant = nearestName(
        variable.slice('STREAM_'.length),
        known.map((name) => name.slice('STREAM_'.length)),
      )
      return `${variable} is set in the environment, and no setting has that variable${meant === undefined ? '' : ` (did you mean STREAM_${meant}?)`}`
    })
}
