import { channelCases, onMemory } from '../../src/cases/index.ts'

onMemory('channels', channelCases)
