import { lifecycleCases, onMemory } from '../../src/cases/index.ts'

onMemory('lifecycle', lifecycleCases, 'rocksdb')
