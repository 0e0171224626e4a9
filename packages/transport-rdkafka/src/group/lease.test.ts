import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Lease } from './lease.ts'

describe('the lease of a membership', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is not confirmed before the broker has answered', () => {
    const lease = new Lease(100)
    lease.heartbeatSent()
    expect(lease.sinceMs()).toBe(Number.POSITIVE_INFINITY)
    lease.stop()
  })

  it('begins with the heartbeat before the latest: the latest is not answered yet', () => {
    const lease = new Lease(100)
    vi.advanceTimersByTime(1000)
    lease.heartbeatSent()
    vi.advanceTimersByTime(100)
    lease.heartbeatSent()
    expect(lease.sinceMs()).toBe(100)
    lease.stop()
  })

  it('is not prolonged by heartbeats that were refused', () => {
    const lease = new Lease(100)
    lease.heartbeatSent()
    lease.heartbeatFailed()
    lease.heartbeatSent()
    expect(lease.sinceMs()).toBe(Number.POSITIVE_INFINITY)
    lease.stop()
  })

  it('takes a line that is told after a stop of the process for one of before it', () => {
    const lease = new Lease(100)
    vi.advanceTimersByTime(1000)
    // The clock goes on, but no turn of the event loop comes: the process is stopped.
    vi.setSystemTime(Date.now())
    const before = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => before + 60_000)
    lease.heartbeatSent()
    lease.heartbeatSent()
    expect(lease.sinceMs()).toBe(60_000)
    vi.restoreAllMocks()
    lease.stop()
  })
})
