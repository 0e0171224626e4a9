import { onRdkafka, streamCases } from '../../src/cases/index.ts'

onRdkafka('streams', streamCases)
