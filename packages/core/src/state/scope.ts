import type { Entry, RowId, RowUser } from './entry.ts'
import type { ScannedRange } from './scanned-range.ts'
import type { StagedMessage, StagedRecord } from './staged-record.ts'
import type { TablePartition } from './table-partition.ts'

/** One row written inside a scope. */
export interface ScopeWrite {
  readonly table: TablePartition
  readonly id: RowId
  readonly entry: Entry
}

/** One row, or the rows of a range, of a table that several records can touch at a time. */
interface RowRead {
  readonly table: TablePartition
  readonly what: RowId | ScannedRange
}

/** Stands for every list that is empty: most scopes need one or two of theirs. Never written to. */
const nothing: never[] = []

/**
 * What one record (or one consumer's share of it) did so far and nobody else can see: writes, sends, channel messages, and the rows
 * it read. It is applied when the work completes and dropped when the work fails.
 */
export class Scope implements RowUser {
  /** Position of its record: index of the task's input, and offset. */
  input: number
  offset: number
  /** Reads are announced to their tables as they happen; before, the record has not let go of the turn and cannot conflict. */
  isTracking = false
  /** Another record changed a row that this one has read. */
  isConflicted = false
  /** Completed scopes whose rows this one has read or overwritten: it cannot be committed without them. */
  dependsOn: Set<RowUser> | undefined
  #writes: ScopeWrite[] = nothing
  #sends: StagedRecord[] = nothing
  #messages: StagedMessage[] = nothing
  #reads: RowRead[] = nothing

  constructor(input: number, offset: number) {
    this.input = input
    this.offset = offset
  }

  get writes(): readonly ScopeWrite[] {
    return this.#writes
  }

  get sends(): readonly StagedRecord[] {
    return this.#sends
  }

  get messages(): readonly StagedMessage[] {
    return this.#messages
  }

  get isEmpty(): boolean {
    return this.#writes.length === 0 && this.#sends.length === 0 && this.#messages.length === 0
  }

  addWrite(write: ScopeWrite): void {
    if (this.#writes === nothing) this.#writes = [write]
    else this.#writes.push(write)
  }

  addSend(send: StagedRecord): void {
    if (this.#sends === nothing) this.#sends = [send]
    else this.#sends.push(send)
  }

  addMessage(message: StagedMessage): void {
    if (this.#messages === nothing) this.#messages = [message]
    else this.#messages.push(message)
  }

  /** The sends, which from now on are somebody else's. */
  takeSends(): readonly StagedRecord[] {
    const sends = this.#sends
    this.#sends = nothing
    return sends
  }

  /** The messages, which from now on are somebody else's. */
  takeMessages(): readonly StagedMessage[] {
    const messages = this.#messages
    this.#messages = nothing
    return messages
  }

  /** The scope's own latest write of a row. */
  written(table: TablePartition, id: RowId): Entry | undefined {
    const writes = this.#writes
    for (let i = writes.length - 1; i >= 0; i--) {
      const write = writes[i]!
      if (write.id === id && write.table === table) return write.entry
    }
    return undefined
  }

  /** Notes that a row was read, or that a scan reads a range. */
  noteRead(table: TablePartition, what: RowId | ScannedRange): void {
    if (!table.isShared) return
    if (this.#reads === nothing) this.#reads = [{ table, what }]
    else this.#reads.push({ table, what })
    if (this.isTracking) table.addReader(what, this)
  }

  /** Announces the reads so far, because the record lets go of the turn. */
  startTracking(): void {
    if (this.isTracking) return
    this.isTracking = true
    for (const { table, what } of this.#reads) table.addReader(what, this)
  }

  stopTracking(): void {
    if (!this.isTracking) return
    this.isTracking = false
    for (const { table, what } of this.#reads) table.removeReader(what, this)
  }

  /** Where a consumer's share begins, to take it back or to split it off. */
  mark(): ScopeMark {
    return {
      writes: this.#writes.length,
      sends: this.#sends.length,
      messages: this.#messages.length,
      reads: this.#reads.length,
    }
  }

  /** Drops what came after the mark. */
  rollback(mark: ScopeMark): void {
    if (this.#writes.length > mark.writes) this.#writes.length = mark.writes
    if (this.#sends.length > mark.sends) this.#sends.length = mark.sends
    if (this.#messages.length > mark.messages) this.#messages.length = mark.messages
    if (this.#reads.length > mark.reads) this.#reads.length = mark.reads
  }

  /** Moves what came after the mark into a scope of its own. */
  split(mark: ScopeMark): Scope {
    const scope = new Scope(this.input, this.offset)
    if (this.#writes.length > mark.writes) scope.#writes = this.#writes.splice(mark.writes)
    if (this.#sends.length > mark.sends) scope.#sends = this.#sends.splice(mark.sends)
    if (this.#messages.length > mark.messages) scope.#messages = this.#messages.splice(mark.messages)
    if (this.#reads.length > mark.reads) scope.#reads = this.#reads.splice(mark.reads)
    // Whose share a dependency came with is not known, so both keep it.
    if (this.dependsOn !== undefined) scope.dependsOn = new Set(this.dependsOn)
    return scope
  }

  /** Empties it for the next record. */
  reset(input: number, offset: number): void {
    this.input = input
    this.offset = offset
    this.dependsOn = undefined
    if (this.#writes.length > 0) this.#writes.length = 0
    if (this.#sends.length > 0) this.#sends.length = 0
    if (this.#messages.length > 0) this.#messages.length = 0
    if (this.#reads.length > 0) this.#reads.length = 0
  }
}

/** A point inside a scope. */
export interface ScopeMark {
  readonly writes: number
  readonly sends: number
  readonly messages: number
  readonly reads: number
}
