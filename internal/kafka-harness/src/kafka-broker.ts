/** A Kafka cluster for tests and benchmarks: one node this process started, or the one `KAFKA_BROKERS` names. */
export interface KafkaBroker {
  /** Bootstrap addresses, `host:port`. They stay the same over `restart()`. */
  readonly brokers: readonly string[]
  /** Client port of the first broker. */
  readonly port: number
  /** Process id of the running node; undefined while it is down, and for a cluster that was not started here. */
  readonly pid: number | undefined
  /** SIGKILL, as a crash or a power cut would do it. Resolves when the process is gone; the data stays. */
  kill(): Promise<void>
  /** Clean shutdown by SIGTERM (SIGKILL after 30 s). Resolves when the process is gone; the data stays. */
  stop(): Promise<void>
  /** Starts the node again on the same port and data, after stopping it cleanly if it still runs. Resolves when ready. */
  restart(): Promise<void>
  /** SIGSTOP: the node keeps its connections and answers nothing, as behind a dead network. */
  pause(): void
  /** SIGCONT: undoes `pause()`. */
  resume(): void
  /** The last lines of the node's log, for messages of failed tests. */
  logTail(lines?: number): string
  /** Kills the node and removes its directory. The cluster of `KAFKA_BROKERS` is left alone. Safe to call twice. */
  close(): Promise<void>
}

/** A port that clients are sent to although the broker listens on another one: whoever listens there is in between. */
export interface Detour {
  /** Where the broker listens. */
  readonly port: number
  /** Where clients are told to go. Nobody listens there by itself. */
  readonly advertisedPort: number
}

/** One node of a cluster that this process started. */
export interface KafkaNode extends KafkaBroker {
  /** Its broker id. */
  readonly nodeId: number
  readonly detours: readonly Detour[]
  /** Whether it was paused and not resumed since. */
  readonly isPaused: boolean
}
