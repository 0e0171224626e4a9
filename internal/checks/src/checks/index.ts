export { allChecks } from './all-checks.ts'
