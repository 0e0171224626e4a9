import { badInputCases, onKafka } from '../../src/cases/index.ts'

onKafka('bad input', badInputCases)
