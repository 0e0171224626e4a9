import { onRdkafka, rebalanceCases } from '../../src/cases/index.ts'

onRdkafka('rebalances', rebalanceCases)
