// #region kit
import { storeConformance } from '@stream/conformance'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { mapStore } from '../src/map-store.ts'

storeConformance({ describe, it, beforeEach, afterEach }, { name: 'map', open: () => mapStore() })
// #endregion kit
