import { describeThrown, sleep, systemClock } from '@stream/core/adapter'
import { Backoff, brokerCodes, type Cluster } from '../connection/index.ts'
import { heartbeat, type MemberIdentity } from '../requests/index.ts'

/** What is answered at once, heartbeats and offsets, does not share the members' connection, where a join may be parked. */
export const conversationLane = 2

/** What a heartbeat can find out. */
export interface HeartbeatEvents {
  /** The broker had us as a member at this monotonic moment. */
  confirmed(atMs: number): void
  /** Its answer was not 0: 27 while a rebalance goes on, else the end of the membership. */
  disturbed(code: number): void
}

/** Heartbeats of one generation, on a timer of their own, until it is over or stopped. */
export class Heartbeats {
  private readonly cluster: Cluster
  private readonly member: MemberIdentity
  private readonly intervalMs: number
  private readonly events: HeartbeatEvents
  private readonly log: (message: string) => void
  private readonly stopping: AbortController = new AbortController()

  constructor(
    cluster: Cluster,
    member: MemberIdentity,
    intervalMs: number,
    events: HeartbeatEvents,
    log: (message: string) => void,
  ) {
    this.cluster = cluster
    this.member = member
    this.intervalMs = intervalMs
    this.events = events
    this.log = log
    void this.run()
  }

  /** Answers that arrive afterwards belong to a generation that is over, and are not reported. */
  stop(): void {
    this.stopping.abort()
  }

  private async run(): Promise<void> {
    const signal = this.stopping.signal
    const backoff = new Backoff(Math.min(50, this.intervalMs), this.intervalMs)
    let isWell = true
    while (!signal.aborted) {
      if (isWell) await sleep(systemClock, this.intervalMs, signal)
      else await backoff.wait(signal)
      if (signal.aborted) return
      isWell = await this.beat(signal)
      if (isWell) backoff.reset()
    }
  }

  /** False where the answer is worth asking for again soon. */
  private async beat(signal: AbortSignal): Promise<boolean> {
    const sentMs = performance.now()
    const groupId = this.member.groupId
    try {
      const code = await this.cluster.sendToCoordinator('group', groupId, heartbeat(this.member), conversationLane)
      if (signal.aborted) return true
      switch (code) {
        case brokerCodes.none:
          this.events.confirmed(sentMs)
          return true
        case brokerCodes.rebalanceInProgress:
          this.events.confirmed(sentMs)
          this.events.disturbed(code)
          return true
        case brokerCodes.coordinatorLoading:
        case brokerCodes.coordinatorNotAvailable:
        case brokerCodes.notCoordinator:
          this.cluster.forgetCoordinator('group', groupId)
          return false
        default:
          this.events.disturbed(code)
          this.stop()
          return true
      }
    } catch (error) {
      if (!signal.aborted) this.log(`A heartbeat failed and is tried again: ${describeThrown(error)}`)
      return false
    }
  }
}
