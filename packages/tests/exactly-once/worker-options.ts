/** A signal that a worker gives itself at a named seam of a cut. */
export interface Fault {
  /**
   * A step of the cut; or `ending`, inside the open transaction: the broker has all its records and offsets, and the request to end it is
   * about to be written to the socket.
   */
  readonly step: 'frozen' | 'committing' | 'ending' | 'committed' | 'applying' | 'applied'
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  /** Meetings with the seam that pass first. */
  after: number
  /** So much later, from a timer: behind `committing` that is inside the transaction. @default at the seam itself */
  readonly delayMs?: number
}

/** Names of the topics of one trial. */
export interface TrialTopics {
  readonly input: string
  readonly ordered: string
  readonly async: string
  readonly grouped: string
}

/** What a worker process is started with. */
export interface WorkerOptions {
  readonly appId: string
  readonly brokers: readonly string[]
  readonly topics: TrialTopics
  readonly guarantee: 'exactly_once' | 'at_least_once'
  /** Without one the worker is a dynamic member with a random id. */
  readonly workerId?: string
  readonly sessionTimeoutMs: number
  /** By partition, the key of the row that all its keys share. */
  readonly totalKeys: readonly string[]
  /** Takes a line per fault, written before the signal. */
  readonly hitsFile: string
  readonly fault?: Fault
  /** Deliberately broken: what the broker fences is written all the same. Shows that a trial finds such a worker out. @default false */
  readonly ignoresFencing?: boolean
}

/** What the trial asks of a worker. */
export type WorkerRequest =
  | { readonly kind: 'arm'; readonly fault: Fault }
  | { readonly kind: 'rows' }
  | { readonly kind: 'tasks' }

/** Rows of a worker's tables, by table. */
export type WorkerRows = Readonly<Record<string, readonly (readonly [string, Row])[]>>

/** A row of every table of the worker. */
export interface Row {
  readonly count: number
  readonly sum: number
}

/** Where a worker stands. */
export interface WorkerTasks {
  readonly kind: 'tasks'
  readonly state: string
  readonly tasks: readonly { readonly task: string; readonly state: string }[]
}

/** What a worker tells. */
export type WorkerReport =
  | { readonly kind: 'cut'; readonly outcome: string; readonly cause: string }
  | { readonly kind: 'rebalance'; readonly what: 'assigned' | 'revoked' | 'lost' }
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'rows'; readonly rows: WorkerRows }
  | WorkerTasks
