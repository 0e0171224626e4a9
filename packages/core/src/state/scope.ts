import type { Entry, RowId, RowUser } from './entry.ts'
import type { StagedMessage, StagedRecord } from './staged-record.ts'
import type { TablePartition } from './table-partition.ts'

/** One row written inside a scope. */
export interface ScopeWrite {
  readonly table: TablePartition
  readonly id: RowId
  readonly entry: Entry
}

/**
 * What one record (or one consumer's share of it) did so far and nobody else can see: writes, sends, channel messages, and the rows
 * it read. It is applied when the work completes and dropped when the work fails.
 */
export class Scope implements RowUser {
  /** Position of its record: index of the task's input, and offset. */
  input: number
  offset: number
  writes: ScopeWrite[] = []
  sends: StagedRecord[] = []
  messages: StagedMessage[] = []
  /** Rows read, as pairs in two arrays; only of tables that several records can touch at a time. */
  readTables: TablePartition[] = []
  readIds: (RowId | undefined)[] = []
  /** Reads are announced to their tables as they happen; before, the record has not let go of the turn and cannot conflict. */
  isTracking = false
  /** Another record changed a row that this one has read. */
  isConflicted = false
  /** Completed scopes whose rows this one has read or overwritten: it cannot be committed without them. */
  dependsOn: Set<RowUser> | undefined

  constructor(input: number, offset: number) {
    this.input = input
    this.offset = offset
  }

  get isEmpty(): boolean {
    return this.writes.length === 0 && this.sends.length === 0 && this.messages.length === 0
  }

  /** The scope's own latest write of a row. */
  written(table: TablePartition, id: RowId): Entry | undefined {
    const writes = this.writes
    for (let i = writes.length - 1; i >= 0; i--) {
      const write = writes[i]!
      if (write.id === id && write.table === table) return write.entry
    }
    return undefined
  }

  /** Notes that a row was read; `id` undefined stands for all rows of the table. */
  noteRead(table: TablePartition, id: RowId | undefined): void {
    if (!table.isShared) return
    this.readTables.push(table)
    this.readIds.push(id)
    if (this.isTracking) table.addReader(id, this)
  }

  /** Announces the reads so far, because the record lets go of the turn. */
  startTracking(): void {
    if (this.isTracking) return
    this.isTracking = true
    for (let i = 0; i < this.readTables.length; i++) this.readTables[i]!.addReader(this.readIds[i], this)
  }

  stopTracking(): void {
    if (!this.isTracking) return
    this.isTracking = false
    for (let i = 0; i < this.readTables.length; i++) this.readTables[i]!.removeReader(this.readIds[i], this)
  }

  /** Where a consumer's share begins, to take it back or to split it off. */
  mark(): ScopeMark {
    return {
      writes: this.writes.length,
      sends: this.sends.length,
      messages: this.messages.length,
      reads: this.readTables.length,
    }
  }

  /** Drops what came after the mark. */
  rollback(mark: ScopeMark): void {
    this.writes.length = mark.writes
    this.sends.length = mark.sends
    this.messages.length = mark.messages
    this.readTables.length = mark.reads
    this.readIds.length = mark.reads
  }

  /** Moves what came after the mark into a scope of its own. */
  split(mark: ScopeMark): Scope {
    const scope = new Scope(this.input, this.offset)
    scope.writes = this.writes.splice(mark.writes)
    scope.sends = this.sends.splice(mark.sends)
    scope.messages = this.messages.splice(mark.messages)
    scope.readTables = this.readTables.splice(mark.reads)
    scope.readIds = this.readIds.splice(mark.reads)
    return scope
  }

  /** Empties it for the next record. */
  reset(input: number, offset: number): void {
    this.input = input
    this.offset = offset
    this.dependsOn = undefined
    if (this.writes.length > 0) this.writes.length = 0
    if (this.sends.length > 0) this.sends.length = 0
    if (this.messages.length > 0) this.messages.length = 0
    if (this.readTables.length > 0) {
      this.readTables.length = 0
      this.readIds.length = 0
    }
  }
}

/** A point inside a scope. */
export interface ScopeMark {
  readonly writes: number
  readonly sends: number
  readonly messages: number
  readonly reads: number
}
