import { describe, expect, it } from 'vitest'
import { readGroupLine } from './group-log.ts'

const read = (fac: string, message: string) => readGroupLine({ severity: 7, fac, message })

describe('lines of librdkafka 2.12’s group log', () => {
  it('tell the member id and the generation of a join', () => {
    const line =
      '[thrd:main]: JoinGroup response: GenerationId 7, Protocol range, LeaderId c-1 (me), my MemberId c-1, member metadata count 1: (no error)'
    expect(read('JOINGROUP', line)).toEqual({ kind: 'joined', memberId: 'c-1', generation: 7 })
  })

  it('tell nothing of a join that failed', () => {
    const line =
      '[thrd:main]: JoinGroup response: GenerationId -1, Protocol , LeaderId , my MemberId c-1, member metadata count 0: Broker: Group member needs a valid member ID'
    expect(read('JOINGROUP', line)).toBeUndefined()
  })

  it('tell that the member id is gone: offsets would be taken unfenced from then on', () => {
    expect(read('MEMBERID', '[thrd:main]: Group "g": updating member id "c-1" -> ""')).toEqual({
      kind: 'member',
      memberId: '',
    })
  })

  it('tell heartbeats that were sent from those that were refused', () => {
    expect(read('HEARTBEAT', '[thrd:main]: GroupCoordinator/1: Heartbeat for group "g" generation id 7')?.kind).toBe(
      'heartbeat sent',
    )
    const refused =
      '[thrd:main]: Group "g" heartbeat error response in state up (join-state steady, 1 partition(s) assigned): x'
    expect(read('HEARTBEAT', refused)?.kind).toBe('heartbeat failed')
  })

  it('tell assignments that were lost from those that are no longer', () => {
    expect(
      read('LOST', '[thrd:main]: Group "g": current assignment of 2 partition(s) lost: session timed out')?.kind,
    ).toBe('lost')
    expect(read('LOST', '[thrd:main]: Group "g": current assignment no longer considered lost: x')).toBeUndefined()
  })
})
