import { appAndGroup } from './app-and-group.ts'
import { cutsAndDeadlines } from './cuts-and-deadlines.ts'
import type { Effect } from './effect.ts'
import { fetching } from './fetching.ts'
import { processingAndTables } from './processing-and-tables.ts'

/** By name of the setting, what it changes. */
export const effects: ReadonlyMap<string, Effect> = new Map(
  // Each effect takes the values it holds itself.
  Object.entries({ ...appAndGroup, ...cutsAndDeadlines, ...fetching, ...processingAndTables }) as [string, Effect][],
)
