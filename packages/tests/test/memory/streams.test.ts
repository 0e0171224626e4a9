import { onMemory, streamCases } from '../../src/cases/index.ts'

onMemory('streams', streamCases)
