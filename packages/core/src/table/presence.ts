import type { Serde } from '../serde/index.ts'

const nothing = new Uint8Array(0)

/** The value of rows that say all with their key: no bytes. */
export const presence: Serde<true> = {
  name: 'presence',
  serialize: () => nothing,
  deserialize: () => true,
}
