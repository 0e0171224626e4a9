import { handlerCases, onRdkafka } from '../../src/cases/index.ts'

onRdkafka('handlers', handlerCases)
