import { StreamError } from '@stream/core/adapter'
import type { Edges } from '../ask/index.ts'
import type { Feed } from './feed.ts'
import type { Feeds } from './feeds.ts'

/** How long a partition may be silent before it is asked for the reason, and how long at its end. */
const silentMs = 1000
const silentAtEndMs = 5000

/**
 * node-rdkafka does not say which partition a failure of consuming belongs to, and says nothing of it where records came before it in the
 * same look. So a partition that neither brings records nor reaches its end is asked about: whether it is there, and whether its log
 * still holds the position. Where it does, and there is more behind it, the client is positioned anew: where a failure comes in the same
 * look as the news of a log's end, node-rdkafka drops the news, and librdkafka tells it once.
 */
export class SilenceWatch {
  private readonly feeds: Feeds
  private readonly edges: Edges
  private readonly onFound: () => void
  private readonly timer: NodeJS.Timeout
  private asking: Promise<void> | undefined

  constructor(feeds: Feeds, edges: Edges, onFound: () => void) {
    this.feeds = feeds
    this.edges = edges
    this.onFound = onFound
    this.timer = setInterval(() => this.look(silentMs), silentMs)
  }

  /** Something failed somewhere: everything that has not just moved is asked about. */
  alarm(): void {
    this.look(0)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.asking
  }

  private look(silenceMs: number): void {
    const now = performance.now()
    const silent = this.feeds.all().filter((feed) => {
      const longestMs = silenceMs > 0 && feed.isAtEnd ? silentAtEndMs : silenceMs
      return feed.isSilent(now - longestMs)
    })
    if (silent.length === 0) return
    this.asking ??= this.ask(silent).finally(() => {
      this.asking = undefined
    })
  }

  private async ask(silent: readonly Feed[]): Promise<void> {
    for (const feed of silent) {
      const { position } = feed
      const found = await this.lookAt(feed, position as number)
      // A position given meanwhile has troubles of its own.
      if (feed.position !== position || feed.isSeekDue) continue
      feed.progressedMs = performance.now()
      if (found instanceof Error) {
        feed.fail(found)
        this.onFound()
      } else if (found === 'more behind it' || !feed.isAtEnd) feed.seekAgain()
    }
  }

  private async lookAt(feed: Feed, position: number): Promise<StreamError | 'more behind it' | 'nothing behind it'> {
    try {
      const [edge] = await this.edges.watermarks([feed], 'read_uncommitted')
      if (edge === undefined) return 'nothing behind it'
      if (position < edge.start || position > edge.end) return outOfRange(feed, position, edge.start, edge.end)
      return edge.end > position ? 'more behind it' : 'nothing behind it'
    } catch (error) {
      const isFinal =
        StreamError.is(error, 'STREAM_TOPIC_MISSING') || StreamError.is(error, 'STREAM_AUTHORIZATION_FAILED')
      // Anything else passes by itself.
      return isFinal && StreamError.is(error) ? error : 'nothing behind it'
    }
  }
}

function outOfRange({ topic, partition }: Feed, offset: number, logStart: number, logEnd: number): StreamError {
  return new StreamError({
    code: 'STREAM_OFFSET_OUT_OF_RANGE',
    message: `Offset ${offset} of ${topic}-${partition} is outside of its log, which holds ${logStart} to ${logEnd}: choose another position`,
    place: { topic, partition, offset, logStart, logEnd },
  })
}
