import { errorPolicyCases, onMemory } from '../../src/cases/index.ts'

onMemory('error policies', errorPolicyCases, 'rocksdb')
