// The same updates by hand on the bare binding: a read, JSON, and one batch per cut. No log, no changelog, no partitions.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Delay, type Flight, finishProgram, MeasuredWindow, readSettings } from '../program/index.ts'
import { embeddedInput } from './embedded-input.ts'
import { readAllRecords } from './read-all-records.ts'
import { updatedKeys } from './updated-keys.ts'

/** What is used of the module, which has no types. */
interface Binding {
  db_init(location: string): object
  db_open(database: object, options: object, done: (error: Error | null) => void): void
  db_get_many_sync(database: object, keys: readonly Uint8Array[], options: undefined): readonly (Buffer | undefined)[]
  batch_init(): object
  batch_put(batch: object, key: Uint8Array, value: Uint8Array, options: undefined): void
  batch_write(database: object, batch: object, options: undefined): void
  batch_clear(batch: object): void
}

// As the store opens it with its default sizes.
const options = {
  createIfMissing: true,
  parallelism: 2,
  walCompression: false,
  cacheSize: 64 << 20,
  cacheIndexAndFilterBlocks: true,
  compaction: 'level',
  memtableMemoryBudget: Math.floor((64 << 20) / 1.5),
  compression: false,
  optimize: 'point-lookup',
}

const settings = readSettings()
const window = new MeasuredWindow(settings)
const log = await embeddedInput(settings.input, settings.records, (_, number) => String(number % updatedKeys))
const batches = await readAllRecords(log, settings.input)
const binding = createRequire(import.meta.url)('@nxtedition/rocksdb/binding.js') as Binding
mkdirSync(settings.stateDirectory, { recursive: true })
const database = binding.db_init(settings.stateDirectory)
await new Promise<void>((resolve, reject) => {
  binding.db_open(database, options, (error) => (error === null ? resolve() : reject(error)))
})
const batch = binding.batch_init()
let changed = new Map<string, Delay>()
let cutAtMs = performance.now() + settings.cutIntervalMs

function cut(): void {
  for (const [key, delay] of changed) {
    binding.batch_put(batch, Buffer.from(key), Buffer.from(JSON.stringify(delay)), undefined)
  }
  binding.batch_write(database, batch, undefined)
  binding.batch_clear(batch)
  changed = new Map()
  cutAtMs = performance.now() + settings.cutIntervalMs
}

for (const records of batches) {
  window.count(records.length)
  for (const { key, value } of records) {
    const name = Buffer.from(key!).toString()
    const flight = JSON.parse(Buffer.from(value!).toString()) as Flight
    const stored = changed.get(name) ?? read(key!)
    changed.set(name, { flights: stored.flights + 1, minutes: stored.minutes + flight.delay })
  }
  if (performance.now() >= cutAtMs || window.hasAll) cut()
}
finishProgram(window)

function read(key: Uint8Array): Delay {
  const found = binding.db_get_many_sync(database, [key], undefined)[0]
  return found === undefined ? { flights: 0, minutes: 0 } : (JSON.parse(found.toString()) as Delay)
}
