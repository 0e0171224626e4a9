// #region kit
import { storeConformance } from '@stream/conformance'
import { memory } from '@stream/store-memory'
import { afterEach, beforeEach, describe, it } from 'vitest'

storeConformance({ describe, it, beforeEach, afterEach }, { name: 'memory', open: () => memory() })
// #endregion kit
