export { type CountingApp, countingDriver, expectCounted } from './counting-driver.ts'
