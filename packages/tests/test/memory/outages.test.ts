import { onMemory, outageCases } from '../../src/cases/index.ts'

onMemory('outages', outageCases)
