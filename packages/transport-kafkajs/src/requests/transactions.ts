import type { TopicPartition, TopicPartitionOffset } from '@stream/core/adapter'
import type { WireReader, WireRequest, WireWriter } from '../wire/index.ts'
import { readCompactTopics, writeCompactNumbers, writeCompactTopics } from './by-topic.ts'
import type { MemberIdentity } from './membership.ts'
import type { PartitionError } from './offsets.ts'

/** A producer id with its epoch. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A transactional id and the producer that speaks for it. */
export interface TransactionIdentity extends ProducerIdentity {
  readonly transactionalId: string
}

/** An error code with the identity to go on with, which means nothing unless the code is 0. */
export interface IdentityAnswer extends ProducerIdentity {
  readonly error: number
}

/**
 * InitProducerId v4; `transactionalId: null` for a producer that is only idempotent. With `current` it gives the next epoch only to
 * who has the current one (KIP-360); without, to anyone.
 */
export function initProducerId(
  transactionalId: string | null,
  timeoutMs: number,
  current: ProducerIdentity = { producerId: -1, producerEpoch: -1 },
): WireRequest<IdentityAnswer> {
  return {
    apiKey: 22,
    apiName: 'InitProducerId',
    version: 4,
    flexible: true,
    write: (out) =>
      out.compactString(transactionalId).int32(timeoutMs).int64(current.producerId).int16(current.producerEpoch).tags(),
    read: (answer) => {
      answer.int32()
      return { error: answer.int16(), producerId: answer.int64(), producerEpoch: answer.int16() }
    },
  }
}

/** AddPartitionsToTxn v3, of the classic protocol. */
export function addPartitionsToTxn(
  id: TransactionIdentity,
  partitions: readonly TopicPartition[],
): WireRequest<readonly PartitionError[]> {
  return {
    apiKey: 24,
    apiName: 'AddPartitionsToTxn',
    version: 3,
    flexible: true,
    write: (out) => {
      writeTransaction(out, id)
      writeCompactNumbers(out, partitions)
      out.tags()
    },
    read: readPartitionErrors,
  }
}

/** AddOffsetsToTxn v3, of the classic protocol; the answer is an error code. */
export function addOffsetsToTxn(id: TransactionIdentity, groupId: string): WireRequest<number> {
  return {
    apiKey: 25,
    apiName: 'AddOffsetsToTxn',
    version: 3,
    flexible: true,
    write: (out) => {
      writeTransaction(out, id).compactString(groupId).tags()
    },
    read: (answer) => {
      answer.int32()
      return answer.int16()
    },
  }
}

/** TxnOffsetCommit v3 (classic) or v5 (the broker adds the group itself), fenced by member and generation (KIP-447). */
export function txnOffsetCommit(
  version: 3 | 5,
  id: TransactionIdentity,
  member: MemberIdentity,
  offsets: readonly TopicPartitionOffset[],
): WireRequest<readonly PartitionError[]> {
  return {
    apiKey: 28,
    apiName: 'TxnOffsetCommit',
    version,
    flexible: true,
    write: (out) => {
      out.compactString(id.transactionalId).compactString(member.groupId)
      out.int64(id.producerId).int16(id.producerEpoch)
      out
        .int32(member.generation)
        .compactString(member.memberId)
        .compactString(member.instanceId ?? null)
      writeCompactTopics(out, offsets, (one) => out.int64(one.offset).int32(-1).compactString(''))
      out.tags()
    },
    read: readPartitionErrors,
  }
}

/** EndTxn v3 (classic) or v5 (answers with the epoch of the next transaction). */
export function endTxn(version: 3 | 5, id: TransactionIdentity, commit: boolean): WireRequest<IdentityAnswer> {
  return {
    apiKey: 26,
    apiName: 'EndTxn',
    version,
    flexible: true,
    write: (out) => {
      writeTransaction(out, id).bool(commit).tags()
    },
    read: (answer) => {
      answer.int32()
      const error = answer.int16()
      if (version === 3) return { error, producerId: id.producerId, producerEpoch: id.producerEpoch }
      return { error, producerId: answer.int64(), producerEpoch: answer.int16() }
    },
  }
}

function writeTransaction(out: WireWriter, id: TransactionIdentity): WireWriter {
  return out.compactString(id.transactionalId).int64(id.producerId).int16(id.producerEpoch)
}

function readPartitionErrors(answer: WireReader): readonly PartitionError[] {
  answer.int32()
  return readCompactTopics(answer, (at) => ({ ...at, error: answer.int16() }))
}
