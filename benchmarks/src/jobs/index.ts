import { asyncJobs } from './async-jobs.ts'
import { embeddedJobs } from './embedded-jobs.ts'
import type { Job } from './job.ts'
import { recoveryJob, recoveryOnRocksdbJob } from './recovery-job.ts'
import { restartJob } from './restart-job.ts'
import { restartWithStateJob } from './restart-with-state-job.ts'
import { statefulJobs } from './stateful-jobs.ts'
import { statelessJobs } from './stateless-jobs.ts'
import { storeJobs } from './store-jobs.ts'

export type { Job } from './job.ts'

/** All jobs, in the order they run. */
export const jobs: readonly Job[] = [
  ...statelessJobs,
  ...statefulJobs,
  ...asyncJobs,
  ...embeddedJobs,
  ...storeJobs,
  recoveryJob,
  recoveryOnRocksdbJob,
  restartJob,
  restartWithStateJob,
]
