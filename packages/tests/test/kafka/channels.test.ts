import { channelCases, onKafka } from '../../src/cases/index.ts'

onKafka('channels', channelCases)
