import { settingsTable } from '@stream/core'
import { expect, it } from 'vitest'
import { effects } from '../../src/settings/index.ts'

it('there is an effect to show for every setting, and none for anything else', () => {
  expect([...effects.keys()].toSorted()).toEqual(Object.keys(settingsTable).toSorted())
})

it.each([...effects])('%s changes what an app does', async (_, { values, observed, observe }) => {
  expect(observed[0]).not.toEqual(observed[1])
  expect([await observe(values[0]), await observe(values[1])]).toEqual(observed)
})
