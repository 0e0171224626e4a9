import { agentCases, onRdkafka } from '../../src/cases/index.ts'

onRdkafka('agents', agentCases)
