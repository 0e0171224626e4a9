import { onMemory, rebalanceCases } from '../../src/cases/index.ts'

onMemory('rebalances', rebalanceCases, 'rocksdb')
