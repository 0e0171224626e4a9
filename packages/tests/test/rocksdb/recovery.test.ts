import { onMemory, recoveryCases } from '../../src/cases/index.ts'

onMemory('recovery', recoveryCases, 'rocksdb')
