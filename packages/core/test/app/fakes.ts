import type { Admin, Store, Transport } from '../../src/adapter.ts'
import type { HostProcess, StopSignal } from '../../src/app/index.ts'
import type { Engine } from '../../src/runtime/index.ts'
import { MemoryAdmin } from '../topology/memory-admin.ts'

/** A process that only notes what is done to it. */
export class FakeProcess implements HostProcess {
  readonly env: Record<string, string | undefined>
  exitCode: number | string | null | undefined = undefined
  readonly exits: number[] = []
  readonly #listeners: { signal: StopSignal; listener: () => void }[] = []

  constructor(env: Record<string, string | undefined> = {}) {
    this.env = env
  }

  get listening(): number {
    return this.#listeners.length
  }

  exit(code: number): void {
    this.exits.push(code)
  }

  on(signal: StopSignal, listener: () => void): void {
    this.#listeners.push({ signal, listener })
  }

  off(signal: StopSignal, listener: () => void): void {
    const index = this.#listeners.findIndex((one) => one.signal === signal && one.listener === listener)
    this.#listeners.splice(index, 1)
  }

  signal(signal: StopSignal): void {
    for (const one of [...this.#listeners]) if (one.signal === signal) one.listener()
  }
}

/** An engine that does nothing, and notes the order of calls. */
export class FakeEngine implements Engine {
  readonly calls: string[]
  onStart: () => Promise<void> = async () => undefined
  onStop: () => Promise<void> = async () => undefined

  constructor(calls: string[]) {
    this.calls = calls
  }

  start(): Promise<void> {
    this.calls.push('engine start')
    return this.onStart()
  }

  stop(options: { readonly deadlineMs: number }): Promise<void> {
    this.calls.push(`engine stop ${options.deadlineMs}`)
    return this.onStop()
  }

  tasks(): [] {
    return []
  }

  committedRowsOf(): never {
    throw new Error('not asked for here')
  }

  committedRows(): [] {
    return []
  }

  globalRows(): [] {
    return []
  }
}

const never = (): never => {
  throw new Error('not asked for here')
}

/** A transport that opens and closes, and can do nothing else. */
export function fakeTransport(calls: string[], rest: Partial<Transport> = {}): Transport {
  return {
    contract: 1,
    name: 'fake',
    supports: {
      groupFencing: true,
      cooperative: false,
      assignor: true,
      staticMembership: true,
      producedOffsets: true,
      deleteRecords: true,
      describeConfigs: true,
    },
    open: async () => void calls.push('transport open'),
    group: never,
    reader: never,
    producer: never,
    committer: never,
    admin: () => fakeAdmin(calls),
    close: async () => void calls.push('transport close'),
    ...rest,
  }
}

function fakeAdmin(calls: string[]): Admin {
  const admin = new MemoryAdmin()
  admin.close = async () => void calls.push('admin close')
  return admin
}

/** A store that starts and closes. */
export function fakeStore(calls: string[], rest: Partial<Store> = {}): Store {
  return {
    contract: 1,
    name: 'fake',
    supports: { persistent: false, ordered: true, shared: false },
    start: async () => void calls.push('store start'),
    open: never,
    apply: never,
    close: async () => void calls.push('store close'),
    ...rest,
  }
}
