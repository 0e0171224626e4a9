import assert from 'node:assert/strict'

/** Who owns which partition, by what the members were told. */
export class Ownership {
  readonly #owners: Map<string, unknown> = new Map()
  readonly #breaches: string[] = []

  take(groupId: string, partition: string, member: unknown): void {
    const owner = this.#owners.get(`${groupId} ${partition}`)
    if (owner !== undefined && owner !== member) this.#breaches.push(partition)
    this.#owners.set(`${groupId} ${partition}`, member)
  }

  release(groupId: string, partition: string, member: unknown): void {
    if (this.#owners.get(`${groupId} ${partition}`) === member) this.#owners.delete(`${groupId} ${partition}`)
  }

  /** Fails where a partition was given to a member before the promise of its owner's `onRevoke` had settled. */
  assertExclusive(): void {
    assert.deepEqual(this.#breaches, [], 'a partition was given away while another member still owned it')
  }
}
