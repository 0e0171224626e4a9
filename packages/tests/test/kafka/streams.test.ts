import { onKafka, streamCases } from '../../src/cases/index.ts'

onKafka('streams', streamCases)
