export { type Clock, type Random, sleep, systemClock, type Timer } from './clock.ts'
