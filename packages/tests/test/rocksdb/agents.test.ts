import { agentCases, onMemory } from '../../src/cases/index.ts'

onMemory('agents', agentCases, 'rocksdb')
