import { handlerCases, onMemory } from '../../src/cases/index.ts'

onMemory('handlers', handlerCases, 'rocksdb')
