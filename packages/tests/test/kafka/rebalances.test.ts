import { onKafka, rebalanceCases } from '../../src/cases/index.ts'

onKafka('rebalances', rebalanceCases)
