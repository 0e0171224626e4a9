import { asyncJobs } from './async-jobs.ts'
import { embeddedJobs } from './embedded-jobs.ts'
import type { Job } from './job.ts'
import { recoveryJob } from './recovery-job.ts'
import { restartJob } from './restart-job.ts'
import { statefulJobs } from './stateful-jobs.ts'
import { statelessJobs } from './stateless-jobs.ts'

export type { Job } from './job.ts'

/** All jobs, in the order they run. */
export const jobs: readonly Job[] = [
  ...statelessJobs,
  ...statefulJobs,
  ...asyncJobs,
  ...embeddedJobs,
  recoveryJob,
  restartJob,
]
