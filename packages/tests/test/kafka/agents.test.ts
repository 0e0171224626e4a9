import { agentCases, onKafka } from '../../src/cases/index.ts'

onKafka('agents', agentCases)
