export { allTasks, Trial } from './trial.ts'
export { until } from './until.ts'
