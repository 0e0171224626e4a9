import { lifecycleCases, onKafka } from '../../src/cases/index.ts'

onKafka('lifecycle', lifecycleCases)
