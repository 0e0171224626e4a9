import { onMemory, tableCases } from '../../src/cases/index.ts'

onMemory('tables', tableCases, 'rocksdb')
