import type { Feed } from './feed.ts'

/** What is fetched ahead, in sizes of a poll. */
const pollsAhead = 2

/**
 * True where more may be fetched. Paused partitions keep what they have while there is room for it; else they fetch it again when they
 * are resumed, so that the others never wait for them.
 */
export function hasRoom(feeds: readonly Feed[], maxPollBytes: number): boolean {
  const most = pollsAhead * maxPollBytes
  let waiting = 0
  let parked = 0
  for (const feed of feeds) {
    if (feed.isPaused) parked += feed.bufferedBytes
    else waiting += feed.bufferedBytes
  }
  if (parked > 0 && waiting + parked > most) for (const feed of feeds) feed.letGo()
  return waiting <= most
}
