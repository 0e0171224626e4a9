import { expect } from 'vitest'
import type { TestDriver } from '../src/index.ts'
import type { CountApp } from './count-app.ts'

/** Every number was counted once: outputs in the order of the numbers of a key, and the table, are what a plain loop gives. */
export function expectCounted(driver: TestDriver<CountApp>, sent: readonly (readonly [string, number])[]): void {
  const byKey = new Map<string, number[]>()
  for (const [key, value] of sent) byKey.set(key, [...(byKey.get(key) ?? []), value])
  const { counted, counts } = driver.built
  const outputs = driver.output(counted).readAll()
  expect(outputs).toHaveLength(sent.length)
  for (const [key, values] of byKey) {
    const rows = values.map((last, index) => ({ count: index + 1, last }))
    const own = outputs.filter((record) => record.key === key)
    expect(own.toSorted((one, other) => one.offset - other.offset).map((record) => record.value)).toEqual(rows)
    expect(driver.table(counts).get(key)).toEqual(rows.at(-1))
  }
  expect(driver.table(counts).entries()).toHaveLength(byKey.size)
}

/** Numbers under a few keys, drawn at random. */
export function someNumbers(random: () => number, howMany: number, from = 0): (readonly [string, number])[] {
  return Array.from({ length: howMany }, (_, index) => [`k${Math.floor(random() * 7)}`, from + index] as const)
}
