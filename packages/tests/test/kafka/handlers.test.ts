import { handlerCases, onKafka } from '../../src/cases/index.ts'

onKafka('handlers', handlerCases)
