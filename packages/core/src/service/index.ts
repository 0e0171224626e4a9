export { type Clock, type Random, sleep, systemClock, type Timer } from './clock.ts'
export { type ClosingStep, closeInOrder } from './close-in-order.ts'
export { type RetryPassingOptions, retryPassing } from './retry-passing.ts'
export { unlessAborted } from './unless-aborted.ts'
