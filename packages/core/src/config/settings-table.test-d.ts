import { expectTypeOf } from 'vitest'
import { resolveSettings, type Settings, type SettingsInput } from './index.ts'

expectTypeOf<Settings['guarantee']>().toEqualTypeOf<'exactly_once' | 'at_least_once'>()
expectTypeOf<Settings['rebalance']>().toEqualTypeOf<'auto' | 'eager' | 'cooperative'>()
expectTypeOf<Settings['commitIntervalMs']>().toEqualTypeOf<number>()
expectTypeOf<Settings['createTopics']>().toEqualTypeOf<boolean>()
expectTypeOf<Settings['freezeValues']>().toEqualTypeOf<boolean>()
expectTypeOf<Settings['workerId']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Settings['defaultPartitions']>().toEqualTypeOf<number | undefined>()
expectTypeOf(resolveSettings({}).values).toEqualTypeOf<Settings>()
expectTypeOf<SettingsInput['offsetReset']>().toEqualTypeOf<'earliest' | 'latest' | 'fail' | undefined>()

// @ts-expect-error misspelled
resolveSettings({ code: { commitIntervallMs: 1 } })
// @ts-expect-error a number of milliseconds
resolveSettings({ code: { commitIntervalMs: '1s' } })
