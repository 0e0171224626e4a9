import type { Runner } from '../kit/index.ts'
import { adminCases } from './admin-cases.ts'
import { assignorCases } from './assignor-cases.ts'
import { committerCases } from './committer-cases.ts'
import { compactionCases } from './compaction-cases.ts'
import { cooperativeCases } from './cooperative-cases.ts'
import { deliveryCases } from './delivery-cases.ts'
import { fencingCases } from './fencing-cases.ts'
import { lifecycleCases } from './lifecycle-cases.ts'
import { manifestCases } from './manifest-cases.ts'
import { membershipCases } from './membership-cases.ts'
import { offsetsCases } from './offsets-cases.ts'
import { openTransactionCases } from './open-transaction-cases.ts'
import { outageCases } from './outage-cases.ts'
import { producerCases } from './producer-cases.ts'
import { readerCases } from './reader-cases.ts'
import { roundTripCases } from './round-trip-cases.ts'
import { stallCases } from './stall-cases.ts'
import { staticCases } from './static-cases.ts'
import type { TransportGroup } from './transport-case.ts'
import { TransportLab } from './transport-lab.ts'
import { readTransportOptions, type TransportConformanceOptions, type TransportPlan } from './transport-options.ts'
import { visibilityCases } from './visibility-cases.ts'

const always: readonly TransportGroup[] = [
  manifestCases,
  lifecycleCases,
  adminCases,
  roundTripCases,
  producerCases,
  readerCases,
  membershipCases,
  deliveryCases,
  offsetsCases,
  assignorCases,
  staticCases,
  cooperativeCases,
  committerCases,
  fencingCases,
  visibilityCases,
]

/**
 * Registers with the runner the cases that prove a transport: what core relies on, and nothing else. There is no way to skip a case; where
 * a `supports` flag is false, the cases of that flag assert that the transport refuses what it does not claim. Cases that need a hand from
 * outside (an outage, a stalled process, compaction, an abandoned transaction) are there where the options lend it. Unknown options throw
 * `STREAM_CONFIG_INVALID`.
 */
export function transportConformance(runner: Runner, options: TransportConformanceOptions): void {
  const plan = readTransportOptions(options)
  const runMark = `${Date.now().toString(36)}${Math.trunc(Math.random() * 1e6).toString(36)}`
  let runs = 0
  runner.describe(`transport ${plan.name}`, () => {
    let lab: TransportLab
    runner.beforeEach(async () => {
      lab = new TransportLab(plan, `${runMark}-${++runs}`)
    })
    runner.afterEach(() => lab.cleanUp())
    for (const group of groupsOf(plan)) {
      runner.describe(group.title, () => {
        for (const { title, run } of group.cases) runner.it(title, () => run(lab), plan.timing.patienceMs * 3)
      })
    }
  })
}

function groupsOf(plan: TransportPlan): readonly TransportGroup[] {
  return [
    ...always,
    ...(plan.leaveOpen ? [openTransactionCases] : []),
    ...(plan.compact ? [compactionCases] : []),
    ...(plan.outage ? [outageCases] : []),
    ...(plan.stall ? [stallCases] : []),
  ]
}
