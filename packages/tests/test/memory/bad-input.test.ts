import { badInputCases, onMemory } from '../../src/cases/index.ts'

onMemory('bad input', badInputCases)
