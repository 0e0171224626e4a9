import { cooperativeCases, onMemory } from '../../src/cases/index.ts'

onMemory('cooperative rebalances', cooperativeCases)
