/** What the coordinator tells a program; the programs in Java get the same as `name=value` arguments. */
export interface ProgramSettings {
  /** Bootstrap addresses, separated by commas. */
  readonly brokers: string
  readonly input: string
  readonly output: string
  readonly changelog: string
  /** Group, application id and prefix of transactional ids: a new one for each run. */
  readonly group: string
  /** Records of the input. */
  readonly records: number
  /** Records that are processed before the measurement starts. */
  readonly warmUp: number
  readonly guarantee: 'at_least_once' | 'exactly_once' | 'exactly_once_v2'
  readonly cutIntervalMs: number
  /** Kept over the runs of one contestant where its job says so. */
  readonly stateDirectory: string
  /** Where tables keep their rows; RocksDB in the state directory. @default 'memory' */
  readonly store?: 'memory' | 'rocksdb'
  /** What a program with several parts shall do. */
  readonly mode: string
}

/** The settings of this program: JSON in its first argument. */
export function readSettings(): ProgramSettings {
  const text = process.argv[2]
  if (text === undefined) throw new Error('this program is started by the benchmark: npm run bench')
  return JSON.parse(text) as ProgramSettings
}
